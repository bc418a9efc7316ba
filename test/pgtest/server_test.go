package pgtest_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/saldo-pix/saldo/test/pgtest"
)

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(ctx)) })
	return conn
}

func exec(t *testing.T, conn *pgx.Conn, sql string) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func wantValue(t *testing.T, url, sql, want string) {
	t.Helper()
	wantRow(t, connect(t, url), sql, want)
}

func wantRow(t *testing.T, conn *pgx.Conn, sql, want string) {
	t.Helper()
	var got string
	if err := conn.QueryRow(t.Context(), sql).Scan(&got); err != nil || got != want {
		t.Errorf("%s: %q %v, want %q", sql, got, err, want)
	}
}

func TestDefaultsAreDurable(t *testing.T) {
	url := pgtest.Shared(t).NewDatabase(t)
	for _, name := range []string{"fsync", "synchronous_commit", "full_page_writes"} {
		wantValue(t, url, "SHOW "+name, "on")
	}
}

func TestDatabasesAreApart(t *testing.T) {
	s := pgtest.Shared(t)
	one, other := s.NewDatabase(t), s.NewDatabase(t)
	exec(t, connect(t, one), "CREATE TABLE account (id int)")
	wantValue(t, other, "SELECT count(*)::text FROM pg_tables WHERE tablename = 'account'", "0")
	wantValue(t, other, "SELECT rolsuper::text FROM pg_roles WHERE rolname = current_user", "false")

	name := one[strings.LastIndexByte(one, '/'):]
	stranger := other[:strings.LastIndexByte(other, '/')] + name
	if conn, err := pgx.Connect(t.Context(), stranger); err == nil {
		_ = conn.Close(t.Context())
		t.Error("a role reaches another's database")
	}
}

func TestKilledServerRecoversWhatWasCommitted(t *testing.T) {
	s := pgtest.Start(t)
	url := s.NewDatabase(t)
	conn := connect(t, url)
	exec(t, conn, "CREATE TABLE entry (amount bigint)")
	exec(t, conn, "INSERT INTO entry VALUES (100), (-100)")
	exec(t, conn, "BEGIN")
	exec(t, conn, "INSERT INTO entry VALUES (7)")
	s.Kill()
	if _, err := conn.Exec(t.Context(), "COMMIT"); err == nil {
		t.Error("a killed server commits")
	}
	if s.Pid() != 0 {
		t.Error("a killed server has a postmaster")
	}
	s.Restart(t)
	wantValue(t, url, "SELECT count(*)::text FROM entry", "2")
}

func TestStoppedServerStartsAgain(t *testing.T) {
	s := pgtest.Start(t, "max_connections=17")
	url := s.NewDatabase(t)
	exec(t, connect(t, url), "CREATE TABLE entry (amount bigint)")
	s.Stop(pgtest.Fast)
	s.Restart(t)
	s.Restart(t)
	wantValue(t, url, "SELECT count(*)::text FROM entry", "0")
	wantValue(t, url, "SHOW max_connections", "17")
}
