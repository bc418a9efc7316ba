package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/saldo-pix/saldo/book"
)

// What Open refuses.
var (
	ErrNotMigrated = errors.New("the tables are not those of this release: run saldo migrate")
	ErrNewer       = errors.New("the tables are those of a newer release")
	ErrServer      = errors.New("this server can't be used")
)

// ErrNodeTaken means that another has taken this node's number.
var ErrNodeTaken = errors.New("another node has taken this node's number")

// What a store that is closed or opened for reading only answers, as
// book.ErrUnavailable.
var (
	errClosed   = errors.New("closed")
	errReadOnly = errors.New("opened for reading only")
)

// errVanished means that a row was not there that a commit had loaded.
var errVanished = errors.New("rows that were loaded are gone")

// kind tells what an error of the server or of the way to it means.
type kind int

const (
	kindBug         kind = iota // a statement is wrong, or we don't know
	kindConflict                // take the decision anew
	kindUnique                  // somebody else was first: take the decision anew, and it will see it
	kindUnlocked                // take the decision anew, and lock more
	kindUnfit                   // what was decided can't be kept
	kindLost                    // the connection is of no use; another may be
	kindUnavailable             // the server can't serve this now
	kindFenced                  // see ErrNodeTaken
)

// classify sorts errors by code. An error without one comes from the way to the
// server.
func classify(err error) kind {
	var pg *pgconn.PgError
	var connect *pgconn.ConnectError
	switch {
	case errors.As(err, &connect), errors.Is(err, book.ErrUnavailable):
		return kindUnavailable // whatever the server said: it let nobody in
	case errors.Is(err, errNotCommitted):
		return kindConflict
	case errors.Is(err, errUnlocked):
		return kindUnlocked
	case errors.As(err, &pg) && pg.Code == "23502" && pg.TableName == "committers":
		return kindFenced
	case errors.As(err, &pg) && pg.Code == "23505" && pg.TableName == "records":
		return kindConflict // a record may be removed again, and created again, before the next try
	case errors.As(err, &pg):
		return classifyCode(pg.Code)
	case errors.Is(err, errDecode), errors.Is(err, book.ErrUnfit):
		return kindBug
	}
	return kindLost
}

func classifyCode(code string) kind {
	switch code {
	case "40001", "40P01": // serialization failure, deadlock
		return kindConflict
	case "23505": // unique violation
		return kindUnique
	case "25006", "25P03", "26000", "0A000": // read-only, cut off for idling, statements lost or outdated
		return kindLost
	case "55P03", "57014": // waited too long for a lock, took too long
		return kindUnavailable
	}
	switch code[:min(2, len(code))] {
	case "08", "57": // connection, operator intervention
		return kindLost
	case "53", "58": // out of resources, system errors
		return kindUnavailable
	case "22", "23", "54": // data that can't be, integrity, longer or deeper than the server can keep
		return kindUnfit
	}
	return kindBug
}

// translate returns what a caller is told. ctx is the caller's own.
func translate(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	switch classify(err) {
	case kindConflict, kindUnlocked, kindLost, kindUnavailable, kindFenced:
		return fmt.Errorf("%w: %w", book.ErrUnavailable, err)
	case kindUnique, kindUnfit:
		return fmt.Errorf("%w: %w", book.ErrUnfit, err)
	}
	return fmt.Errorf("postgres: %w", err)
}

func compare[T cmp.Ordered](a, b T) int { return cmp.Compare(a, b) }
