/* See method.h. */
#include "rpc/method.h"

#include <stdio.h>
#include <stdlib.h>
#include <uthash.h>

typedef struct node {
    nt_method method;
    UT_hash_handle hh;
} node;

struct nt_methods {
    node *nodes;
    size_t count;
    node *by_name;
};

static const nt_method_entry *entry_of(const nt_method_entry *entries, size_t count,
                                       const ProtobufCServiceDescriptor *service, const char *name) {
    for (size_t i = 0; i < count; i++)
        if (entries[i].service == service && strcmp(entries[i].name, name) == 0)
            return &entries[i];
    return NULL;
}

nt_methods *nt_methods_build(const ProtobufCServiceDescriptor *const *services, size_t service_count,
                             const nt_method_entry *entries, size_t entry_count, char fault[200]) {
    nt_methods *all = calloc(1, sizeof *all);
    size_t total = 0;
    for (size_t s = 0; s < service_count; s++)
        total += services[s]->n_methods;
    if (!all || !(all->nodes = calloc(total, sizeof *all->nodes))) {
        snprintf(fault, 200, "out of memory");
        free(all);
        return NULL;
    }
    for (size_t s = 0; s < service_count; s++) {
        for (unsigned m = 0; m < services[s]->n_methods; m++) {
            const ProtobufCMethodDescriptor *descriptor = &services[s]->methods[m];
            const nt_method_entry *entry = entry_of(entries, entry_count, services[s], descriptor->name);
            char name[200];
            int n = snprintf(name, sizeof name, "%s/%s", services[s]->name, descriptor->name);
            node *it = &all->nodes[all->count];
            if (!entry || !entry->handler || entry->roles == 0) {
                snprintf(fault, 200, "%.150s has no handler or no rule of access", name);
                nt_methods_free(all);
                return NULL;
            }
            it->method = (nt_method){entry, descriptor, strdup(name), (unsigned)all->count};
            HASH_ADD_KEYPTR(hh, all->by_name, it->method.full_name, (unsigned)n, it);
            all->count++;
        }
    }
    if (all->count != entry_count) {
        snprintf(fault, 200, "%zu entries for %zu methods", entry_count, all->count);
        nt_methods_free(all);
        return NULL;
    }
    return all;
}

void nt_methods_free(nt_methods *methods) {
    if (!methods)
        return;
    HASH_CLEAR(hh, methods->by_name);
    for (size_t i = 0; i < methods->count; i++)
        free((char *)methods->nodes[i].method.full_name);
    free(methods->nodes);
    free(methods);
}

size_t nt_methods_count(const nt_methods *methods) {
    return methods->count;
}

const nt_method *nt_methods_at(const nt_methods *methods, size_t index) {
    return &methods->nodes[index].method;
}

const nt_method *nt_methods_find(const nt_methods *methods, nt_bytes full_name) {
    node *it = NULL;
    HASH_FIND(hh, methods->by_name, full_name.data, (unsigned)full_name.size, it);
    return it ? &it->method : NULL;
}
