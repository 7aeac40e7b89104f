/* See period.h. */
#include "domain/period.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { BE_OFFSET = 543, FIRST_YEAR = 2443, LAST_YEAR = 2743 };

/* Howard Hinnant's days_from_civil and its inverse, for the proleptic Gregorian calendar. */
nt_day nt_day_from_date(int year, int month, int day) {
    int y = year - (month <= 2);
    int era = (y >= 0 ? y : y - 399) / 400;
    int yoe = y - era * 400;
    int doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + doe - 719468;
}

void nt_day_to_date(nt_day when, int *year, int *month, int *day) {
    int z = when + 719468;
    int era = (z >= 0 ? z : z - 146096) / 146097;
    int doe = z - era * 146097;
    int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int mp = (5 * doy + 2) / 153;
    *day = doy - (153 * mp + 2) / 5 + 1;
    *month = mp + (mp < 10 ? 3 : -9);
    *year = yoe + era * 400 + (*month <= 2);
}

int nt_day_parse(const char *text, nt_day *out) {
    int y, m, d, y2, m2, d2, n = 0;
    if (strlen(text) != 10 || sscanf(text, "%4d-%2d-%2d%n", &y, &m, &d, &n) != 3 || n != 10 || m < 1 || d < 1)
        return 0;
    for (int i = 0; i < 10; i++)
        if (i == 4 || i == 7 ? text[i] != '-' : !isdigit((unsigned char)text[i]))
            return 0;
    nt_day day = m > 12 ? 0 : nt_day_from_date(y, m, d);
    nt_day_to_date(day, &y2, &m2, &d2);
    if (y != y2 || m != m2 || d != d2)
        return 0;
    *out = day;
    return 1;
}

void nt_day_format(nt_day when, char out[NT_DATE_TEXT]) {
    int y, m, d;
    nt_day_to_date(when, &y, &m, &d);
    snprintf(out, NT_DATE_TEXT, "%04d-%02d-%02d", y % 10000, m % 100, d % 100);
}

/* Fills in days and code from kind, year_be and part. 0 if the part is not one of the kind's. */
static int settle(nt_period *p) {
    int y = p->year_be - BE_OFFSET;
    switch (p->kind) {
    case NT_PERIOD_FISCAL_YEAR:
        p->first = nt_day_from_date(y - 1, 10, 1);
        p->last = nt_day_from_date(y, 9, 30);
        snprintf(p->code, sizeof p->code, "FY%04d", p->year_be);
        return p->part == 0;
    case NT_PERIOD_FISCAL_QUARTER: {
        int month = p->part == 1 ? 10 : (p->part - 2) * 3 + 1;
        int year = p->part == 1 ? y - 1 : y;
        if (p->part < 1 || p->part > 4)
            return 0;
        p->first = nt_day_from_date(year, month, 1);
        p->last = (p->part == 1 ? nt_day_from_date(y, 1, 1) : nt_day_from_date(y, month + 3, 1)) - 1;
        snprintf(p->code, sizeof p->code, "FY%04dQ%d", p->year_be, p->part);
        return 1;
    }
    case NT_PERIOD_INSPECTION_ROUND:
        p->first = p->part == 1 ? nt_day_from_date(y - 1, 10, 1) : nt_day_from_date(y, 4, 1);
        p->last = p->part == 1 ? nt_day_from_date(y, 3, 31) : nt_day_from_date(y, 9, 30);
        snprintf(p->code, sizeof p->code, "FY%04dR%d", p->year_be, p->part);
        return p->part == 1 || p->part == 2;
    case NT_PERIOD_ACADEMIC_YEAR:
        p->first = nt_day_from_date(y, 5, 16);
        p->last = nt_day_from_date(y + 1, 5, 15);
        snprintf(p->code, sizeof p->code, "AY%04d", p->year_be);
        return p->part == 0;
    case NT_PERIOD_SEMESTER:
        p->first = p->part == 1 ? nt_day_from_date(y, 5, 16) : nt_day_from_date(y, 11, 1);
        p->last = p->part == 1 ? nt_day_from_date(y, 10, 10) : nt_day_from_date(y + 1, 3, 31);
        snprintf(p->code, sizeof p->code, "AY%04dS%d", p->year_be, p->part);
        return p->part == 1 || p->part == 2;
    case NT_PERIOD_MONTH:
        if (p->part < 1 || p->part > 12)
            return 0;
        p->first = nt_day_from_date(y, p->part, 1);
        p->last = (p->part == 12 ? nt_day_from_date(y + 1, 1, 1) : nt_day_from_date(y, p->part + 1, 1)) - 1;
        snprintf(p->code, sizeof p->code, "%04d-%02d", p->year_be, p->part);
        return 1;
    }
    return 0;
}

/* Upper case, ASCII digits. 0 if it cannot be a code. */
static int normalize(const char *text, char out[NT_PERIOD_CODE]) {
    size_t n = 0;
    for (const unsigned char *c = (const unsigned char *)text; *c;) {
        if (n + 1 >= NT_PERIOD_CODE)
            return 0;
        if (c[0] == 0xe0 && c[1] == 0xb9 && c[2] >= 0x90 && c[2] <= 0x99) {
            out[n++] = (char)('0' + c[2] - 0x90);
            c += 3;
        } else if (*c < 0x80) {
            out[n++] = (char)toupper(*c++);
        } else {
            return 0;
        }
    }
    out[n] = '\0';
    return 1;
}

static int read_number(const char **at, int digits) {
    int value = 0;
    for (int i = 0; i < digits; i++, (*at)++) {
        if (!isdigit((unsigned char)**at))
            return -1;
        value = value * 10 + (**at - '0');
    }
    return value;
}

static int parse_code(const char *code, nt_period *p) {
    const char *at = code;
    char prefix = 0;
    if ((code[0] == 'F' || code[0] == 'A') && code[1] == 'Y') {
        prefix = code[0];
        at += 2;
    }
    p->year_be = read_number(&at, 4);
    if (p->year_be < 0)
        return 0;
    p->part = 0;
    if (!prefix) {
        if (*at++ != '-')
            return 0;
        p->kind = NT_PERIOD_MONTH;
        p->part = read_number(&at, 2);
    } else if (!*at) {
        p->kind = prefix == 'F' ? NT_PERIOD_FISCAL_YEAR : NT_PERIOD_ACADEMIC_YEAR;
    } else {
        char letter = *at++;
        if (prefix == 'F' && letter == 'Q')
            p->kind = NT_PERIOD_FISCAL_QUARTER;
        else if (prefix == 'F' && letter == 'R')
            p->kind = NT_PERIOD_INSPECTION_ROUND;
        else if (prefix == 'A' && letter == 'S')
            p->kind = NT_PERIOD_SEMESTER;
        else
            return 0;
        p->part = read_number(&at, 1);
    }
    return *at == '\0';
}

nt_status nt_period_parse(nt_arena *arena, const char *path, const char *text, nt_period *period) {
    char code[NT_PERIOD_CODE];
    nt_period p = {0};
    if (!normalize(text, code) || !parse_code(code, &p))
        return nt_fail_field(arena, path, "PERIOD_FORMAT",
                             "\"%.40s\" is no period: write FY2569, FY2569Q1, FY2569R1, AY2568, AY2568S1 or 2568-10",
                             "\"%.40s\" ไม่ใช่รหัสงวด ให้เขียนแบบ FY2569, FY2569Q1, FY2569R1, AY2568, AY2568S1 หรือ 2568-10",
                             text);
    if (p.year_be < FIRST_YEAR && p.year_be >= FIRST_YEAR - BE_OFFSET)
        return nt_fail_field(arena, path, "PERIOD_ERA", "%.40s: years are of the Buddhist era: write %d instead of %d",
                             "%.40s: ให้ใช้ปีพุทธศักราช เขียน %d แทน %d", text, p.year_be + BE_OFFSET, p.year_be);
    if (p.year_be < FIRST_YEAR || p.year_be > LAST_YEAR)
        return nt_fail_field(arena, path, "PERIOD_YEAR", "%.40s: the year must be from %d to %d (Buddhist era)",
                             "%.40s: ปีต้องอยู่ระหว่าง พ.ศ. %d ถึง %d", text, FIRST_YEAR, LAST_YEAR);
    if (!settle(&p))
        return nt_fail_field(arena, path, "PERIOD_PART", "%.40s: there is no such part; %s is an example of its kind",
                             "%.40s: ไม่มีงวดย่อยนี้ ตัวอย่างที่ถูกต้องคือ %s", text, nt_period_kind_example(p.kind));
    *period = p;
    return nt_success();
}

int nt_period_compare(const nt_period *a, const nt_period *b) {
    if (a->first != b->first)
        return a->first < b->first ? -1 : 1;
    if (a->last != b->last)
        return a->last > b->last ? -1 : 1;
    return strcmp(a->code, b->code);
}

int nt_period_contains(const nt_period *outer, const nt_period *inner) {
    return outer->first <= inner->first && inner->last <= outer->last;
}

static int parts_of(nt_period_kind kind) {
    switch (kind) {
    case NT_PERIOD_FISCAL_QUARTER:
        return 4;
    case NT_PERIOD_INSPECTION_ROUND:
    case NT_PERIOD_SEMESTER:
        return 2;
    case NT_PERIOD_MONTH:
        return 12;
    default:
        return 0;
    }
}

int nt_period_previous(const nt_period *period, nt_period *out) {
    nt_period p = *period;
    if (p.part > 1) {
        p.part--;
    } else {
        p.part = parts_of(p.kind);
        p.year_be--;
    }
    *out = p;
    return p.year_be >= FIRST_YEAR && settle(out);
}

static size_t academic_months(const nt_period *p, nt_period *parts) {
    for (int i = 0; i < 12; i++) {
        parts[i] = (nt_period){.kind = NT_PERIOD_MONTH, .year_be = p->year_be + (i > 7), .part = (i + 4) % 12 + 1};
        if (!settle(&parts[i]))
            return 0;
    }
    return 12;
}

size_t nt_period_split(const nt_period *p, nt_period_kind kind, nt_period *parts) {
    size_t count = 0;
    nt_day days = 0;
    if (kind == p->kind || p->kind == NT_PERIOD_MONTH || p->kind == NT_PERIOD_SEMESTER ||
        (p->kind == NT_PERIOD_ACADEMIC_YEAR) != (kind == NT_PERIOD_SEMESTER)) {
        if (p->kind == NT_PERIOD_ACADEMIC_YEAR && kind == NT_PERIOD_MONTH)
            return academic_months(p, parts);
        return 0;
    }
    for (int year = p->year_be - 1; year <= p->year_be + 1; year++)
        for (int part = 1; part <= parts_of(kind) && count < 12; part++) {
            nt_period *at = &parts[count];
            *at = (nt_period){.kind = kind, .year_be = year, .part = part};
            if (settle(at) && nt_period_contains(p, at)) {
                days += at->last - at->first + 1;
                count++;
            }
        }
    return kind == NT_PERIOD_SEMESTER || days == p->last - p->first + 1 ? count : 0;
}

int nt_period_year_before(const nt_period *period, nt_period *out) {
    *out = *period;
    out->year_be--;
    return out->year_be >= FIRST_YEAR && settle(out);
}

static const char *const MONTHS[2][12] = {
    {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
     "December"},
    {"มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน", "กรกฎาคม", "สิงหาคม", "กันยายน", "ตุลาคม", "พฤศจิกายน",
     "ธันวาคม"},
};

void nt_period_name(const nt_period *p, int thai, char *out, size_t size) {
    switch (p->kind) {
    case NT_PERIOD_FISCAL_YEAR:
        snprintf(out, size, thai ? "ปีงบประมาณ พ.ศ. %d" : "fiscal year %d B.E.", p->year_be);
        return;
    case NT_PERIOD_FISCAL_QUARTER:
        snprintf(out, size, thai ? "ไตรมาสที่ %d ปีงบประมาณ พ.ศ. %d" : "quarter %d of fiscal year %d B.E.", p->part,
                 p->year_be);
        return;
    case NT_PERIOD_INSPECTION_ROUND:
        snprintf(out, size,
                 thai ? "การตรวจราชการรอบที่ %d ปีงบประมาณ พ.ศ. %d" : "inspection round %d of fiscal year %d B.E.",
                 p->part, p->year_be);
        return;
    case NT_PERIOD_ACADEMIC_YEAR:
        snprintf(out, size, thai ? "ปีการศึกษา %d" : "academic year %d B.E.", p->year_be);
        return;
    case NT_PERIOD_SEMESTER:
        snprintf(out, size, thai ? "ภาคเรียนที่ %d ปีการศึกษา %d" : "semester %d of academic year %d B.E.", p->part,
                 p->year_be);
        return;
    case NT_PERIOD_MONTH:
        snprintf(out, size, thai ? "เดือน%s พ.ศ. %d" : "%s %d B.E.", MONTHS[thai ? 1 : 0][p->part - 1], p->year_be);
        return;
    }
    snprintf(out, size, "%s", p->code);
}

const char *nt_period_kind_name(nt_period_kind kind, int thai) {
    static const char *const names[][2] = {{"period", "งวด"},
                                           {"fiscal year", "ปีงบประมาณ"},
                                           {"fiscal quarter", "ไตรมาส"},
                                           {"inspection round", "รอบตรวจราชการ"},
                                           {"academic year", "ปีการศึกษา"},
                                           {"semester", "ภาคเรียน"},
                                           {"month", "เดือน"}};
    return names[kind >= 1 && kind <= NT_PERIOD_MONTH ? kind : 0][thai ? 1 : 0];
}

const char *nt_period_kind_example(nt_period_kind kind) {
    static const char *const examples[] = {"FY2569", "FY2569", "FY2569Q1", "FY2569R1", "AY2568", "AY2568S1", "2568-10"};
    return examples[kind >= 1 && kind <= NT_PERIOD_MONTH ? kind : 0];
}

nt_day nt_day_in_thailand(int64_t us) {
    return (nt_day)((us / 1000000 + 7 * 3600) / 86400);
}
