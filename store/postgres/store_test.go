package postgres_test

import (
	"context"
	"net/url"
	"testing"

	"github.com/saldo-pix/saldo/book/booktest"
	"github.com/saldo-pix/saldo/store/memory"
	"github.com/saldo-pix/saldo/store/postgres"
	"github.com/saldo-pix/saldo/test/pgtest"
)

// empty is a database of which the store is the owner.
func empty(t *testing.T) booktest.Harness {
	return harness(pgtest.Shared(t).NewDatabase(t), postgres.Options{Migrate: true})
}

// limited is a database that was made ready for a role that can neither alter
// nor delete entries, and make no tables.
func limited(t *testing.T) booktest.Harness {
	server := pgtest.Shared(t)
	owner := server.NewDatabase(t)
	if err := postgres.Migrate(t.Context(), owner); err != nil {
		t.Fatal(err)
	}
	return harness(appOf(t, server, owner), postgres.Options{})
}

// appOf makes a role that may run Saldo and nothing else, and returns its URL.
func appOf(t *testing.T, server *pgtest.Server, owner string) string {
	t.Helper()
	u, err := url.Parse(owner)
	if err != nil {
		t.Fatal(err)
	}
	role := "app of " + u.User.Username() // needs quoting
	sql(t, server.URL(u.Path[1:]), `CREATE ROLE "`+role+`" LOGIN PASSWORD 'p'`)
	if err := postgres.Grant(t.Context(), owner, role); err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(role, "p")
	return u.String()
}

func harness(url string, opts postgres.Options) booktest.Harness {
	return booktest.Harness{Durable: true, Open: func(t *testing.T) booktest.Store {
		s, err := postgres.Open(context.Background(), url, opts)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}}
}

func reference(*testing.T) booktest.Harness {
	return booktest.Harness{Open: func(*testing.T) booktest.Store { return memory.New() }}
}

func TestStore(t *testing.T) { booktest.TestStore(t, empty) }

func TestStoreWithoutRightsToEntries(t *testing.T) { booktest.TestStore(t, limited) }

func TestHistories(t *testing.T) { booktest.TestHistories(t, empty, reference) }

func TestCopy(t *testing.T) {
	t.Run("in", func(t *testing.T) { booktest.TestCopy(t, reference, empty) })
	t.Run("out", func(t *testing.T) { booktest.TestCopy(t, empty, reference) })
}
