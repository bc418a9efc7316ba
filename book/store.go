package book

import (
	"context"
	"errors"
	"io"
	"iter"
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
)

// Store keeps the books. It is told what to load and what to write, and knows
// no rule about money.
type Store interface {
	// Commit loads what n names (see pix.Needs), calls decide on it, and makes
	// what decide changed durable before it returns nil. It may call decide
	// again with fresh state, so decide must touch nothing but its argument.
	// An error of decide is returned as it is and nothing is written. Commits
	// may run at the same time; they take effect one after the other. Commit
	// returns nil without a change only once every change that decide saw is
	// durable.
	Commit(ctx context.Context, n pix.Needs, decide func(*pix.Books) error) error
	Reader
	io.Closer
}

// Reader answers from durable state only, each call from one snapshot that
// includes every commit that returned before the call. Unknown accounts are
// ledger.ErrAccountNotFound, other unknown records pix.ErrNotFound.
type Reader interface {
	// Account returns the newest state of an account, balance included.
	Account(ctx context.Context, id ledger.AccountID) (ledger.Account, error)
	// BalanceAt returns the balance as of at: after the last line at or before
	// it, zero before the first.
	BalanceAt(ctx context.Context, id ledger.AccountID, at time.Time) (ledger.Balance, error)
	// Past yields the balance after each line of an account from an instant to before
	// another, in order, at a cost that is proportional to what it yields. Lines that
	// are made meanwhile may be left out, but none before one that is there. An
	// unknown account has none.
	Past(ctx context.Context, id ledger.AccountID, from, until time.Time) iter.Seq2[Past, error]
	// Blocked returns why money of an account is held, with a page of its open holds
	// as of OpenHolds.
	Blocked(ctx context.Context, id ledger.AccountID, after ledger.HoldID, limit int) (Blocked, error)
	Profile(ctx context.Context, id ledger.AccountID) (pix.Profile, error)
	// Profiles lists customer accounts with ids above after, in order of id.
	Profiles(ctx context.Context, after ledger.AccountID, limit int) ([]pix.Profile, error)
	// Lookup returns where a key leads, onward from a suspense item (Onward).
	Lookup(ctx context.Context, key pix.Key) (pix.Target, error)
	Movement(ctx context.Context, id pix.MovementID) (pix.Movement, error)
	// MovementsNumbered returns the movements that there are of these numbers.
	MovementsNumbered(ctx context.Context, ids []pix.MovementID) (map[pix.MovementID]pix.Movement, error)
	// Movements lists an account's movements numbered below before, newest
	// first; before 0 starts with the newest.
	Movements(ctx context.Context, id ledger.AccountID, before pix.MovementID, limit int) ([]pix.Movement, error)
	Hold(ctx context.Context, account ledger.AccountID, id ledger.HoldID) (ledger.Hold, error)
	// HoldsNumbered returns the holds that the account has of these numbers, closed
	// ones included.
	HoldsNumbered(
		ctx context.Context, account ledger.AccountID, ids []ledger.HoldID,
	) (map[ledger.HoldID]ledger.Hold, error)
	// OpenHolds lists an account's open holds numbered above after, in order.
	OpenHolds(ctx context.Context, id ledger.AccountID, after ledger.HoldID, limit int) ([]ledger.Hold, error)
	// HoldsByAge adds up the open holds of all accounts by reason and by when they
	// were opened: before the first of the instants, which are in order, between two
	// of them, or at the last or later. It takes time for every open hold, and of a
	// commit that runs meanwhile it may count a part.
	HoldsByAge(ctx context.Context, instants []time.Time) ([]AgedHolds, error)
	// Jobs lists the jobs of a topic numbered above after, in order.
	Jobs(ctx context.Context, topic pix.Topic, after uint64, limit int) ([]pix.Job, error)
	// Suspense lists suspense items numbered above after, in order.
	Suspense(ctx context.Context, after uint64, limit int) ([]pix.SuspenseItem, error)
	// Record returns one record.
	Record(ctx context.Context, key pix.RecordKey) (pix.Record, error)
	// Records lists the records of a kind and owner numbered below before, newest
	// first; before 0 starts with the newest. Of those with the same number the one
	// whose name is higher comes first.
	Records(ctx context.Context, kind pix.RecordKind, owner, before uint64, limit int) ([]pix.Record, error)
	// Statement returns a page of an account's movements, newest first, and how
	// many there are on all pages.
	Statement(ctx context.Context, q StatementQuery) (page []pix.Movement, total int, err error)
	// EntriesBetween yields the entries of which the account's line is of from or
	// later and of before until, by number. It reads as it goes, in pages: an entry
	// that commits meanwhile may come at the end or not, and none is left out
	// before one that comes.
	EntriesBetween(ctx context.Context, id ledger.AccountID, from, until time.Time) iter.Seq2[ledger.Entry, error]
	// Totals returns the trial balance: the sums over the accounts of each role.
	Totals(ctx context.Context) (Totals, error)
	// LastID returns the highest number that was given out before the last commit.
	LastID(ctx context.Context) (uint64, error)
	Auditor
}

// Auditor walks everything, for verification and copying.
type Auditor interface {
	// EachAccount yields every account, the operator's own included, in order of id.
	EachAccount(ctx context.Context) iter.Seq2[ledger.Account, error]
	// EachEntry yields the entries that have a line for the account, by number from 1.
	EachEntry(ctx context.Context, id ledger.AccountID) iter.Seq2[ledger.Entry, error]
	// EachHold yields every hold of an account, closed ones included, in order of id.
	EachHold(ctx context.Context, id ledger.AccountID) iter.Seq2[ledger.Hold, error]
	// EachMovement yields every movement in order of its number.
	EachMovement(ctx context.Context) iter.Seq2[pix.Movement, error]
	// EachKey yields every key and where it leads by itself, those of SpaceMovement
	// left out, in an order of the store's own.
	EachKey(ctx context.Context) iter.Seq2[TakenKey, error]
	// EachJob yields every job of every topic, in an order of the store's own.
	EachJob(ctx context.Context) iter.Seq2[pix.Job, error]
	// EachRecord yields every record, in an order of the store's own.
	EachRecord(ctx context.Context) iter.Seq2[pix.Record, error]
}

// TakenKey is a key and where it leads.
type TakenKey struct {
	pix.Key
	Target pix.Target
}

// ErrUnavailable means that the store can't answer now, and that nothing is
// known to have been done.
var ErrUnavailable = errors.New("store is unavailable")

// Totals are sums over all accounts of a role, in centavos. Posted sums to zero
// over all roles.
type Totals map[ledger.Role]Total

// Total is the sum over the accounts of one role.
type Total struct {
	Accounts int
	Posted   money.Centavos
	Held     money.Centavos
}
