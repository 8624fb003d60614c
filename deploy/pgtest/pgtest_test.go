package pgtest_test

import (
	"context"
	"strings"
	"testing"

	"hotline12345/deploy/migrations"
	"hotline12345/deploy/pgtest"
)

func TestEachTestHasItsOwnDatabase(t *testing.T) {
	ctx := context.Background()
	first, second := pgtest.New(t), pgtest.New(t)
	if _, err := first.Exec(ctx, `CREATE TABLE mine (n int)`); err != nil {
		t.Fatal(err)
	}
	var there bool
	if err := second.QueryRow(ctx, `SELECT to_regclass('mine') IS NOT NULL`).Scan(&there); err != nil {
		t.Fatal(err)
	}
	if there {
		t.Error("the second database has the first one's table")
	}
	for _, table := range []string{"tellings", "river_job", "goose_db_version"} {
		if err := second.QueryRow(ctx, `SELECT to_regclass($1) IS NOT NULL`, table).Scan(&there); err != nil {
			t.Fatal(err)
		}
		if !there {
			t.Errorf("table %s is missing: the copy is not migrated", table)
		}
	}
}

func TestMigratingTwiceAndAtOnceIsHarmless(t *testing.T) {
	pool := pgtest.New(t)
	results := make(chan error, 3)
	for range cap(results) {
		go func() { results <- migrations.Up(context.Background(), pgtest.URL(pool)) }()
	}
	for range cap(results) {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
}

// TestANewerDatabaseIsRefused: an older program must not write into it.
func TestANewerDatabaseIsRefused(t *testing.T) {
	ctx := context.Background()
	pool := pgtest.New(t)
	if _, err := pool.Exec(ctx, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, true)`); err != nil {
		t.Fatal(err)
	}
	if err := migrations.Up(ctx, pgtest.URL(pool)); err == nil || !strings.Contains(err.Error(), "run the newer program") {
		t.Errorf("an older program on it: %v", err)
	}
}

func TestEachTestHasItsOwnRedis(t *testing.T) {
	ctx := context.Background()
	first, second := pgtest.Redis(t), pgtest.Redis(t)
	if err := first.Set(ctx, "k", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	n, err := second.DBSize(ctx).Result()
	if err != nil {
		t.Fatal(err)
	}
	if n != 0 {
		t.Errorf("the second database has %d keys of the first", n)
	}
}
