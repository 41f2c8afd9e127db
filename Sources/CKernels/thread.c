// pthread_setname_np is a GNU extension, which Swift's view of pthread.h does not show.
#define _GNU_SOURCE
#include "CKernels.h"

#include <pthread.h>

void tidemark_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }
