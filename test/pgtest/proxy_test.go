package pgtest_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/saldo-pix/saldo/test/pgtest"
)

// proxied returns a proxy, the direct URL of a database with a table, and the
// one through the proxy.
func proxied(t *testing.T) (p *pgtest.Proxy, direct, through string) {
	t.Helper()
	s := pgtest.Shared(t)
	direct = s.NewDatabase(t)
	exec(t, connect(t, direct), "CREATE TABLE entry (amount bigint)")
	p = pgtest.ProxyOf(t, s)
	return p, direct, p.URL(t, direct)
}

func wantFired(t *testing.T, f *pgtest.Fault) {
	t.Helper()
	select {
	case <-f.Fired():
	case <-time.After(10 * time.Second):
		t.Fatal("the fault did not happen")
	}
}

// commit writes one entry in a transaction, by pipeline or one by one, and
// returns how it went.
func commit(ctx context.Context, conn *pgx.Conn, pipeline bool) error {
	if !pipeline {
		tx, err := conn.Begin(ctx)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "INSERT INTO entry VALUES ($1)", 1); err != nil {
			return err
		}
		return tx.Commit(ctx)
	}
	var batch pgx.Batch
	batch.Queue("BEGIN")
	batch.Queue("INSERT INTO entry VALUES ($1)", 1)
	batch.Queue("COMMIT")
	return conn.SendBatch(ctx, &batch).Close()
}

func TestCutAroundCommit(t *testing.T) {
	for _, pipeline := range []bool{false, true} {
		for _, stage := range pgtest.Stages {
			t.Run(fmt.Sprintf("%v, pipeline %v", stage, pipeline), func(t *testing.T) {
				p, direct, through := proxied(t)
				conn := connect(t, through)
				if err := commit(t.Context(), conn, pipeline); err != nil {
					t.Fatal(err)
				}
				f := p.CutAt(stage, pgtest.IsCommit)
				if err := commit(t.Context(), conn, pipeline); err == nil {
					t.Error("commit succeeds on a cut connection")
				}
				wantFired(t, f)
				switch stage {
				case pgtest.Before:
					wantValue(t, direct, "SELECT count(*)::text FROM entry", "1")
				case pgtest.Passed:
					eventually(t, direct, "SELECT count(*)::text FROM entry", "2")
				case pgtest.Answered:
					wantValue(t, direct, "SELECT count(*)::text FROM entry", "2")
				case pgtest.Late:
					wantValue(t, direct, "SELECT count(*)::text FROM entry", "1")
					f.Deliver()
					wantValue(t, direct, "SELECT count(*)::text FROM entry", "2")
				}
				if err := commit(t.Context(), connect(t, through), pipeline); err != nil {
					t.Errorf("after the fault: %v", err)
				}
			})
		}
	}
}

func eventually(t *testing.T, url, sql, want string) {
	t.Helper()
	conn := connect(t, url)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	var got string
	for got != want {
		if err := conn.QueryRow(ctx, sql).Scan(&got); err != nil {
			t.Fatalf("%s: %q %v, want %q", sql, got, err, want)
		}
	}
}

// TestLateIsNotCancelled has a client that was cut off cancel its late message
// while the server is working on it.
func TestLateIsNotCancelled(t *testing.T) {
	p, direct, through := proxied(t)
	other := connect(t, direct)
	exec(t, other, "SELECT pg_advisory_lock(7)")
	conn := connect(t, through)
	f := p.CutAt(pgtest.Late, func(m pgtest.Message) bool { return m.Type == 'Q' })
	const waits = "INSERT INTO entry SELECT 1 FROM pg_advisory_xact_lock(7)"
	if _, err := conn.Exec(t.Context(), waits, pgx.QueryExecModeSimpleProtocol); err == nil {
		t.Error("success on a cut connection")
	}
	wantFired(t, f)
	delivered := make(chan struct{})
	go func() {
		defer close(delivered)
		f.Deliver()
	}()
	eventually(t, direct, `SELECT count(*)::text FROM pg_locks JOIN pg_database d ON d.oid = database
		WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()`, "1")
	_ = conn.PgConn().CancelRequest(t.Context()) // an error or none: it was not passed on
	exec(t, other, "SELECT pg_advisory_unlock(7)")
	<-delivered
	wantValue(t, direct, "SELECT count(*)::text FROM entry", "1")
}

func TestCutAtSyncOfPipelineWithoutBegin(t *testing.T) {
	p, direct, through := proxied(t)
	conn := connect(t, through)
	f := p.CutAt(pgtest.Answered, func(m pgtest.Message) bool { return m.Type == 'S' })
	if _, err := conn.Exec(t.Context(), "INSERT INTO entry VALUES ($1)", pgx.QueryExecModeExec, 7); err == nil {
		t.Error("success on a cut connection")
	}
	wantFired(t, f)
	wantValue(t, direct, "SELECT count(*)::text FROM entry", "1")
}

func TestCutAfterBytes(t *testing.T) {
	p, _, through := proxied(t)
	for n := range 60 {
		conn := connect(t, through)
		f := p.CutAfterBytes(n)
		if n%2 == 1 {
			f = p.CutAfterAnswerBytes(n)
		}
		if err := commit(t.Context(), conn, false); err == nil {
			t.Errorf("after %d bytes: no error", n)
		}
		wantFired(t, f)
	}
}

func TestHoldRefuseCut(t *testing.T) {
	p, _, through := proxied(t)
	conn := connect(t, through)
	p.Hold()
	p.Refuse()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := conn.Exec(ctx, "SELECT 1"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("while held: %v", err)
	}
	if refused, err := pgx.Connect(t.Context(), through); err == nil {
		_ = refused.Close(t.Context())
		t.Error("connected to a proxy that refuses")
	}
	p.Resume()
	conn = connect(t, through)
	exec(t, conn, "SELECT 1")
	if p.Connections() == 0 {
		t.Error("no connection is counted")
	}
	p.Cut()
	if _, err := conn.Exec(t.Context(), "SELECT 1"); err == nil {
		t.Error("success on a cut connection")
	}
}

func TestDisarm(t *testing.T) {
	p, _, through := proxied(t)
	conn := connect(t, through)
	f := p.CutAt(pgtest.Before, pgtest.IsCommit)
	if !f.Disarm() {
		t.Error("the fault was not armed")
	}
	if err := commit(t.Context(), conn, true); err != nil {
		t.Error(err)
	}
	if f.Disarm() {
		t.Error("disarmed twice")
	}
}
