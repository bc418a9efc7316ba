package bench

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// cluster makes stores in databases of their own on a PostgreSQL server. It
// changes nothing in any other database.
type cluster struct {
	url  string // of the database that it makes others from
	run  string // what the names of this run's databases begin with
	keep string // the same for big stores; empty if they are not kept
	made map[string]bool

	about      string // what of the server bears on figures
	postmaster int    // process id if it is on this machine, else 0
}

// The comments of databases tell which are ours.
const (
	beingFilled = "saldo bench: being filled"
	isComplete  = "saldo bench: complete"
)

// errOtherBooks means that somebody may need what is in a database.
var errOtherBooks = errors.New("holds other books")

func newCluster(ctx context.Context, from, keep string) (*cluster, error) {
	c := &cluster{
		url: from, run: "saldo_bench_" + strings.ToLower(rand.Text()[:8]), keep: keep, made: make(map[string]bool),
	}
	return c, c.admin(ctx, from, func(conn *pgx.Conn) error {
		var name, books string
		err := conn.QueryRow(ctx, `
			SELECT current_database(), coalesce(to_regclass('saldo_migrations')::text, '')`).Scan(&name, &books)
		if err != nil {
			return err
		}
		if books != "" {
			return fmt.Errorf("database %s %w: name another, such as postgres; "+
				"databases of the measurement's own are made beside it", name, errOtherBooks)
		}
		return c.describe(ctx, conn)
	})
}

// describe finds out what of the server bears on figures.
func (c *cluster) describe(ctx context.Context, conn *pgx.Conn) error {
	var settings []string
	err := conn.QueryRow(ctx, `
		SELECT array_agg(name || ' ' || current_setting(name) ORDER BY name) FROM unnest(ARRAY['fsync',
			'full_page_writes', 'max_wal_size', 'shared_buffers', 'synchronous_commit']) AS name`).Scan(&settings)
	if err != nil {
		return err
	}
	var version string
	var pid int
	var near bool
	err = conn.QueryRow(ctx, `
		SELECT current_setting('server_version'), pg_backend_pid(),
			inet_server_addr() IS NULL OR host(inet_server_addr()) = host(inet_client_addr())`).Scan(&version, &pid, &near)
	if err != nil {
		return err
	}
	if near {
		c.postmaster = parentOf(pid, "postgres")
	}
	c.about = "PostgreSQL " + version + ", " + strings.Join(settings, ", ")
	return nil
}

// admin calls do with a connection to a database.
func (c *cluster) admin(ctx context.Context, to string, do func(*pgx.Conn) error) error {
	conn, err := pgx.Connect(ctx, to)
	if err != nil {
		return err
	}
	return errors.Join(do(conn), conn.Close(ctx))
}

func (c *cluster) exec(ctx context.Context, to string, statements ...string) error {
	return c.admin(ctx, to, func(conn *pgx.Conn) error {
		for _, sql := range statements {
			if _, err := conn.Exec(ctx, sql); err != nil {
				return fmt.Errorf("%s: %w", sql, explain(err))
			}
		}
		return nil
	})
}

// explain adds what to do about an error, if that is known.
func explain(err error) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "42501" {
		return fmt.Errorf("%w: the role needs CREATEDB", err)
	}
	return err
}

func (c *cluster) create(ctx context.Context, name string) (string, error) {
	return c.createDatabase(ctx, c.run+"_"+underscored(name))
}

// createDatabase makes a database that close drops.
func (c *cluster) createDatabase(ctx context.Context, database string) (string, error) {
	to, err := c.urlOf(database)
	if err != nil {
		return "", err
	}
	quoted := pgx.Identifier{database}.Sanitize()
	err = c.exec(ctx, c.url, "CREATE DATABASE "+quoted+" TEMPLATE template0 ENCODING 'UTF8'")
	if err != nil {
		return "", err
	}
	c.made[to] = true
	return to, c.exec(ctx, c.url, "COMMENT ON DATABASE "+quoted+" IS '"+beingFilled+"'")
}

func underscored(name string) string { return strings.ReplaceAll(name, "-", "_") }

func (c *cluster) urlOf(database string) (string, error) {
	u, err := url.Parse(c.url)
	if err != nil {
		return "", err
	}
	u.Path = "/" + database
	return u.String(), nil
}

// databaseOf returns the name of the database of a URL that urlOf made.
func databaseOf(to string) string {
	u, err := url.Parse(to)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(u.Path, "/")
}

func (c *cluster) find(ctx context.Context, name string) (string, bool, error) {
	if c.keep == "" {
		to, err := c.create(ctx, name)
		return to, false, err
	}
	database := underscored(c.keep + "_" + name)
	to, err := c.urlOf(database)
	if err != nil {
		return "", false, err
	}
	var comment string
	err = c.admin(ctx, c.url, func(conn *pgx.Conn) error {
		return conn.QueryRow(ctx, `
			SELECT coalesce(shobj_description(oid, 'pg_database'), '') FROM pg_database WHERE datname = $1`,
			database).Scan(&comment)
	})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
	case err != nil:
		return "", false, err
	case comment == isComplete:
		return to, true, nil
	case comment != beingFilled:
		return "", false, fmt.Errorf("database %s %w: it was not made by a measurement", database, errOtherBooks)
	default:
		if err := c.remove(ctx, to); err != nil {
			return "", false, err
		}
	}
	to, err = c.createDatabase(ctx, database)
	return to, false, err
}

func (c *cluster) finish(ctx context.Context, to string, _ time.Duration) error {
	if c.keep == "" {
		return nil
	}
	quoted := pgx.Identifier{databaseOf(to)}.Sanitize()
	err := c.exec(ctx, c.url, "COMMENT ON DATABASE "+quoted+" IS '"+isComplete+"'")
	if err == nil {
		delete(c.made, to)
	}
	return err
}

// settle does what autovacuum would do soon.
func (c *cluster) settle(ctx context.Context, to string) error {
	return c.exec(ctx, to, "VACUUM (ANALYZE)")
}

func (c *cluster) remove(ctx context.Context, to string) error {
	delete(c.made, to)
	return c.exec(ctx, c.url, "DROP DATABASE IF EXISTS "+pgx.Identifier{databaseOf(to)}.Sanitize()+" WITH (FORCE)")
}

func (c *cluster) close(ctx context.Context) error {
	var err error
	for to := range c.made {
		err = errors.Join(err, c.remove(ctx, to))
	}
	return err
}

// databaseTime is how long processors have worked for the server's processes, 0
// if they can't be seen from here.
func (c *cluster) databaseTime() time.Duration {
	if c.postmaster == 0 {
		return 0
	}
	return familyTime(c.postmaster)
}
