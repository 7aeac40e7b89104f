/* Workbooks (.xlsx, Office Open XML, ISO/IEC 29500) of Excel and of LibreOffice, read as a sheet. */
#ifndef NITHET_CLI_WORKBOOK_H
#define NITHET_CLI_WORKBOOK_H

#include "sheet.h"

/* The worksheet that a template names its data, or else the first that can be seen. Reads values, not formulas; numbers
 * with the 15 digits that Excel keeps. 0 after an error was printed. Limits: 64 MiB a part, 5 million cells. */
int workbook_read(cli *c, const char *path, const void *data, size_t size, sheet *out);
/* 0 is A, 26 is AA. */
void workbook_column(size_t column, char letters[8]);

/* A template's worksheets: the data, and what they are for. */
#define WORKBOOK_DATA "ข้อมูล"
#define WORKBOOK_ABOUT "nithet"

#endif
