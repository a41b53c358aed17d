// SPDX-License-Identifier: Apache-2.0
// A fixed SQL workload over a database in memory: accounts, transfers in transactions, an index, joins, groups, sorting, LIKE and
// updates. The checksum goes over every value of every row that comes back.
#include "../kernels/kernel.h"
#include "sqlite3.h"

static char heap[48 << 20] __attribute__((aligned(16)));
static uint64_t sum;
static int failed;

// No files: a virtual file system that opens none and knows no time.
static int open_none(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out) {
    (void)vfs, (void)name, (void)flags, (void)out;
    file->pMethods = 0;
    return SQLITE_CANTOPEN;
}
static int delete_none(sqlite3_vfs *vfs, const char *name, int sync) { return (void)vfs, (void)name, (void)sync, SQLITE_OK; }
static int access_none(sqlite3_vfs *vfs, const char *name, int flags, int *out) {
    (void)vfs, (void)name, (void)flags;
    *out = 0;
    return SQLITE_OK;
}
static int full_name(sqlite3_vfs *vfs, const char *name, int size, char *out) {
    (void)vfs;
    int i = 0;
    for (; name[i] && i < size - 1; i++) out[i] = name[i];
    out[i] = 0;
    return SQLITE_OK;
}
static int no_randomness(sqlite3_vfs *vfs, int size, char *out) {
    (void)vfs;
    for (int i = 0; i < size; i++) out[i] = (char)(i * 37 + 11);
    return size;
}
static int no_sleep(sqlite3_vfs *vfs, int microseconds) { return (void)vfs, microseconds; }
static int no_time(sqlite3_vfs *vfs, double *out) { return (void)vfs, *out = 2460000.5, SQLITE_OK; }
static int no_error(sqlite3_vfs *vfs, int size, char *out) { return (void)vfs, (void)size, (void)out, 0; }
static sqlite3_vfs vfs = {
    .iVersion = 1, .szOsFile = sizeof(sqlite3_file), .mxPathname = 64, .zName = "none", .xOpen = open_none, .xDelete = delete_none,
    .xAccess = access_none, .xFullPathname = full_name, .xRandomness = no_randomness, .xSleep = no_sleep, .xCurrentTime = no_time,
    .xGetLastError = no_error,
};
int sqlite3_os_init(void) { return sqlite3_vfs_register(&vfs, 1); }
int sqlite3_os_end(void) { return SQLITE_OK; }

static void row(sqlite3_stmt *statement) {
    for (int i = 0, count = sqlite3_column_count(statement); i < count; i++) {
        const unsigned char *text = sqlite3_column_text(statement, i);
        for (int j = 0, size = sqlite3_column_bytes(statement, i); j < size; j++) sum = sum * 31 + text[j];
        sum = sum * 31 + 7;
    }
}

static void run_all(sqlite3 *db, const char *sql) {
    while (*sql && !failed) {
        sqlite3_stmt *statement = 0;
        if (sqlite3_prepare_v2(db, sql, -1, &statement, &sql) != SQLITE_OK) failed = 1;
        if (!statement) return;
        while (sqlite3_step(statement) == SQLITE_ROW) row(statement);
        if (sqlite3_finalize(statement) != SQLITE_OK) failed = 1;
    }
}

static void transfers(sqlite3 *db, uint32_t count) {
    sqlite3_stmt *take, *give, *note;
    if (sqlite3_prepare_v2(db, "UPDATE account SET balance = balance - ?2 WHERE id = ?1 AND balance >= ?2", -1, &take, 0) ||
        sqlite3_prepare_v2(db, "UPDATE account SET balance = balance + ?2 WHERE id = ?1", -1, &give, 0) ||
        sqlite3_prepare_v2(db, "INSERT INTO transfer(giver, taker, amount) VALUES (?1, ?2, ?3)", -1, &note, 0)) {
        failed = 1;
        return;
    }
    uint32_t state = 12345;
    for (uint32_t i = 0; i < count; i++) {
        state = state * 1664525u + 1013904223u;
        int giver = (int)(state >> 8) % 2000, taker = (int)(state >> 16) % 2000, amount = (int)(state >> 4) % 300;
        sqlite3_bind_int(take, 1, giver), sqlite3_bind_int(take, 2, amount);
        sqlite3_step(take), sqlite3_reset(take);
        if (sqlite3_changes(db) == 0) continue;
        sqlite3_bind_int(give, 1, taker), sqlite3_bind_int(give, 2, amount);
        sqlite3_step(give), sqlite3_reset(give);
        sqlite3_bind_int(note, 1, giver), sqlite3_bind_int(note, 2, taker), sqlite3_bind_int(note, 3, amount);
        sqlite3_step(note), sqlite3_reset(note);
    }
    sqlite3_finalize(take), sqlite3_finalize(give), sqlite3_finalize(note);
}

KERNEL(uint32_t n) {
    sqlite3 *db;
    sum = 0;
    if (sqlite3_config(SQLITE_CONFIG_HEAP, heap, (int)sizeof heap, 64) || sqlite3_initialize()) return 1;
    if (sqlite3_open(":memory:", &db)) return 2;
    run_all(db,
        "CREATE TABLE account(id INTEGER PRIMARY KEY, owner TEXT, region INTEGER, balance INTEGER);"
        "CREATE TABLE transfer(id INTEGER PRIMARY KEY, giver INTEGER, taker INTEGER, amount INTEGER);"
        "BEGIN;"
        "WITH RECURSIVE c(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM c WHERE i < 1999)"
        " INSERT INTO account SELECT i, printf('owner %05d %s', i * 7919 % 2000, hex(i * i)), i % 17, 1000 FROM c;"
        "COMMIT;");
    for (uint32_t round = 0; round < n; round++) {
        run_all(db, "BEGIN;");
        transfers(db, 3000);
        run_all(db,
            "COMMIT;"
            "CREATE INDEX giver ON transfer(giver, amount);"
            "SELECT region, count(*), sum(balance), min(owner), max(balance) FROM account GROUP BY region ORDER BY 3 DESC, 1;"
            "SELECT a.owner, count(*), sum(t.amount) FROM account a JOIN transfer t ON t.giver = a.id WHERE a.region < 5"
            " GROUP BY a.id HAVING count(*) > 1 ORDER BY 3 DESC, 1 LIMIT 50;"
            "SELECT owner, balance FROM account WHERE owner LIKE '%9F%' OR owner LIKE 'owner 001%' ORDER BY owner;"
            "SELECT x.region, y.region, sum(t.amount) FROM transfer t JOIN account x ON x.id = t.giver"
            " JOIN account y ON y.id = t.taker GROUP BY x.region, y.region ORDER BY 3 DESC LIMIT 20;"
            "SELECT substr(owner, 1, 8) AS s, avg(balance * 1.5), group_concat(id % 10, '') FROM account GROUP BY s ORDER BY s;"
            "UPDATE account SET balance = balance + (SELECT count(*) FROM transfer WHERE giver = account.id) WHERE region = 3;"
            "DELETE FROM transfer WHERE amount < 20;"
            "SELECT count(*), sum(amount), total(amount) / max(count(*), 1) FROM transfer;"
            "DROP INDEX giver;"
            "DELETE FROM transfer;");
    }
    sqlite3_close(db);
    return failed ? 3 : sum;
}
