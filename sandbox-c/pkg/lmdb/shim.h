#include <lmdb.h>
#include <sys/vfs.h> // fstatfs, which the Glibc module does not show: LMDB must not run on a network file system
