/* An expression's inside: what the parser (expression_parse.c) makes, and expression.c reads. */
#ifndef NT_DOMAIN_EXPRESSION_NODE_H
#define NT_DOMAIN_EXPRESSION_NODE_H

#include "domain/expression.h"

typedef enum node_kind {
    NODE_NUMBER,
    NODE_FIGURE,
    NODE_SUM, /* of figures */
    NODE_PRESENT,
    NODE_TOGETHER,
    NODE_AT_MOST_ONE,
    NODE_NEGATE,
    NODE_NOT,
    NODE_ADD,
    NODE_SUBTRACT,
    NODE_MULTIPLY,
    NODE_DIVIDE,
    NODE_EQUAL,
    NODE_UNEQUAL,
    NODE_LESS,
    NODE_LESS_OR_EQUAL,
    NODE_GREATER,
    NODE_GREATER_OR_EQUAL,
    NODE_AND,
    NODE_OR,
    NODE_IF,
    NODE_MIN,
    NODE_MAX,
    NODE_ABS,
    NODE_COALESCE
} node_kind;

enum { NT_ARGUMENTS_MOST = 16, NT_FIGURES_MOST = 2000 };

typedef struct node {
    node_kind kind;
    nt_type type;
    int64_t number;
    size_t first, count; /* figures: a run of references */
    const struct node *arguments[NT_ARGUMENTS_MOST];
    size_t argument_count;
} node;

struct nt_expression {
    const node *root;
    nt_reference *references;
    size_t count, capacity;
};

#endif
