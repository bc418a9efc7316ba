package pgtest

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Pair is a primary and a standby that confirms every commit before the primary
// acknowledges it.
type Pair struct {
	Primary *Server // until Promote
	Standby *Server // the primary after Promote

	databases map[string]string // password of each database's role
}

// standbyName is how the primary knows its standby.
const standbyName = "standby"

// StartPair starts a primary and its synchronous standby. Commits on the primary
// wait until the standby has them on its disk, for ever if it is away. settings
// are as for Start, and hold on both.
func StartPair(t testing.TB, settings ...string) *Pair {
	t.Helper()
	p := &Pair{Primary: Start(t, settings...), databases: make(map[string]string)}
	standby, err := p.Primary.copy()
	if err != nil {
		t.Fatal(err)
	}
	p.Standby = standby
	t.Cleanup(func() { standby.finish(t) })
	if err := p.synchronize(); err != nil {
		t.Fatalf("%v\n%s", err, standby.Log())
	}
	return p
}

// copy starts a standby of s from a base backup.
func (s *Server) copy() (*Server, error) {
	standby, err := prepare(s.settings)
	if err != nil {
		return nil, err
	}
	standby.superpw = s.superpw
	source := s.URL("") + "&application_name=" + standbyName
	err = standby.tool("pg_basebackup", "-D", standby.data(), "-d", source,
		"--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast", "--no-sync")
	if err != nil {
		return nil, err
	}
	return standby, standby.launchSomewhere()
}

// synchronize makes commits wait for the standby. It is set in the primary's
// folder after the copy was made, so a promoted standby waits for nobody.
func (p *Pair) synchronize() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, p.Primary.URL("postgres"))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	for _, sql := range []string{
		fmt.Sprintf("ALTER SYSTEM SET synchronous_standby_names = '%s'", standbyName),
		"SELECT pg_reload_conf()",
	} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	return await("synchronous standby", func(ctx context.Context) error {
		var state string
		row := conn.QueryRow(ctx, "SELECT sync_state FROM pg_stat_replication WHERE application_name = $1", standbyName)
		if err := row.Scan(&state); err != nil {
			return err
		}
		if state != "sync" {
			return fmt.Errorf("the standby is %s", state)
		}
		return nil
	})
}

// NewDatabase is Server.NewDatabase on the primary, with a URL of both servers.
func (p *Pair) NewDatabase(t testing.TB) string {
	t.Helper()
	name, password, err := p.Primary.newDatabase()
	if err != nil {
		t.Fatal(err)
	}
	p.databases[name] = password
	return p.URL(name)
}

// URL returns where a database is reached on whichever server takes writes: as
// its role if NewDatabase made it, else as the superuser.
func (p *Pair) URL(db string) string {
	user, password := superuser, p.Primary.superpw
	if pw, ok := p.databases[db]; ok {
		user, password = db, pw
	}
	hosts := strings.Join([]string{p.Primary.host(), p.Standby.host()}, ",")
	return address(user, password, hosts, db, "sslmode=disable&target_session_attrs=read-write")
}

// KillPrimary kills the primary's processes, as Server.Kill does.
func (p *Pair) KillPrimary() { p.Primary.Kill() }

// Promote makes the standby a primary that waits for nobody, and returns once it
// takes writes. Kill or stop the primary first: nothing here fences it off.
func (p *Pair) Promote(t testing.TB) {
	t.Helper()
	err := await("promotion", func(ctx context.Context) error {
		conn, err := pgx.Connect(ctx, p.Standby.URL("postgres"))
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close(ctx) }()
		var standby bool
		if err := conn.QueryRow(ctx, "SELECT pg_is_in_recovery()").Scan(&standby); err != nil || !standby {
			return err
		}
		_, err = conn.Exec(ctx, "SELECT pg_promote(wait => true)")
		return err
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, p.Standby.Log())
	}
}
