package postgres

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// sessionPlans keep the server from plans that read whole tables. Every statement
// of ours goes from few rows to others by their keys; a plan that was made while
// a table was small must still be good when it has grown.
var sessionPlans = map[string]string{
	"plan_cache_mode":   "force_generic_plan",
	"enable_seqscan":    "off",
	"enable_hashjoin":   "off",
	"enable_mergejoin":  "off",
	"enable_bitmapscan": "off",
	"jit":               "off",
}

// purpose is what connections of a pool are for.
type purpose int

const (
	forCommits purpose = iota
	forReads
	forWalks
)

// newPool returns a pool of connections that connect when they are needed.
func (s *Store) newPool(url string, conns int, use purpose) (*pgxpool.Pool, error) {
	c, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	c.MaxConns, c.MinConns, c.MinIdleConns = int32(conns), 0, 0
	c.PingTimeout = s.opts.Timeout
	s.configure(&c.ConnConfig.Config)
	if use == forWalks { // what is done between two pages is the caller's business
		c.ConnConfig.RuntimeParams["idle_in_transaction_session_timeout"] = "0"
	}
	c.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		s.stats.connected()
		if err := keepDurable(ctx, conn.PgConn()); err != nil || use != forCommits {
			return err
		}
		return prepare(ctx, conn.PgConn())
	}
	c.BeforeClose = func(*pgx.Conn) { s.stats.disconnected() }
	pool, err := pgxpool.NewWithConfig(context.Background(), c)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	return pool, nil
}

// configure sets what every session of ours needs, whatever server, database and
// role say.
func (s *Store) configure(c *pgconn.Config) {
	if c.ConnectTimeout == 0 || c.ConnectTimeout > s.opts.Timeout {
		c.ConnectTimeout = s.opts.Timeout
	}
	if c.ValidateConnect == nil && !s.opts.ReadOnly {
		c.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	set := func(name, value string) { c.RuntimeParams[name] = value }
	for name, value := range sessionPlans {
		set(name, value)
	}
	if c.RuntimeParams["application_name"] == "" {
		set("application_name", "saldo")
	}
	set("client_encoding", "UTF8")
	set("timezone", "UTC")
	set("default_transaction_isolation", "read committed")
	// The server gives up before we do, so that its answer is known.
	set("statement_timeout", milliseconds(s.opts.Timeout*4/5))
	set("lock_timeout", milliseconds(s.opts.Timeout/2))
	// A node that vanished must not keep accounts locked.
	set("tcp_keepalives_idle", "5")
	set("tcp_keepalives_interval", "1")
	set("tcp_keepalives_count", "5")
	set("idle_in_transaction_session_timeout", milliseconds(s.opts.Timeout))
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(max(d.Milliseconds(), 1), 10) }

// keepDurable sees to it that a commit that was acknowledged survives a crash of
// the server. Settings that promise more than that are left as they are.
func keepDurable(ctx context.Context, pg *pgconn.PgConn) error {
	_, err := pg.Exec(ctx, `SELECT set_config('synchronous_commit', 'on', false)
		WHERE current_setting('synchronous_commit') = 'off'`).ReadAll()
	if err != nil {
		return fmt.Errorf("set synchronous_commit: %w", err)
	}
	return nil
}
