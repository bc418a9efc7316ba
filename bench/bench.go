// Package bench measures a whole Saldo on the machine it runs on, next to a
// yardstick that does the least that the same work can be done with. It knows
// nothing of how a request is answered: it asks as a client does.
package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"time"
)

// The workloads.
const (
	Balance  = "balance"  // ask for the balance
	Payment  = "payment"  // accept and settle payments of many accounts
	Hot      = "hot"      // the same, of one account
	Age      = "age"      // an old store against a young one
	Accounts = "accounts" // open a store of many accounts
	Nodes    = "nodes"    // payments at several nodes over one store
	Webhooks = "webhooks" // tell a sink of payments, and make payments meanwhile
	Streams  = "streams"  // watch balances while payments are made
)

// Workloads lists all workloads in the order in which they are run.
func Workloads() []string {
	return []string{Balance, Payment, Hot, Age, Accounts, Nodes, Webhooks, Streams}
}

// Options say what is measured and how. Zero fields take the defaults of
// docs/performance.md, save for Store and Child.
type Options struct {
	Workloads   []string
	Connections int
	Duration    time.Duration // of one measurement
	Warmup      time.Duration // before each of them
	Rounds      int
	// Store is "pebble:DIR", "postgres://…" or "memory:". What is built is built
	// in a new folder in DIR, or in new databases on the server that the URL
	// names, and removed in the end.
	Store string

	Payers   int   // accounts that payments are spread over
	Entries  int   // of the old store
	Nodes    []int // how many nodes to measure
	Events   int   // that pile up before the outbox tells of them
	Accounts int   // of the store of many accounts
	Streams  int   // of balances that are open at the same time
	Pace     int   // payments a second while they are
	// Keep is the folder in which big stores are kept and found again; on
	// PostgreSQL it is what the names of their databases begin with.
	Keep string

	// Names of files for profiles; each workload puts its name into them.
	CPUProfile, BlockProfile, MutexProfile string
	// Child is the command that calls Serve for a URL in a process of its own.
	Child func(ctx context.Context, url string) *exec.Cmd
	// Progress is told what is being done; nil tells nobody.
	Progress io.Writer
}

func (o Options) withDefaults() Options {
	if len(o.Workloads) == 0 {
		o.Workloads = Workloads()
	}
	o.Connections = orDefault(o.Connections, 64)
	o.Duration = orDefault(o.Duration, 5*time.Second)
	o.Warmup = orDefault(o.Warmup, time.Second)
	o.Rounds = orDefault(o.Rounds, 3)
	o.Payers = orDefault(o.Payers, 1_000)
	entries := 10_000_000
	if kindOf(o.Store) == onPostgres {
		entries = 1_000_000 // ten times as many take long to build
	}
	o.Entries = orDefault(o.Entries, entries)
	o.Accounts = orDefault(o.Accounts, 1_000_000)
	o.Events = orDefault(o.Events, 20_000)
	o.Streams, o.Pace = orDefault(o.Streams, 1_000), orDefault(o.Pace, 2_000)
	if len(o.Nodes) == 0 {
		o.Nodes = []int{1, 2, 4}
	}
	if o.Progress == nil {
		o.Progress = io.Discard
	}
	return o
}

func orDefault[T ~int | ~int64](n, otherwise T) T {
	if n > 0 {
		return n
	}
	return otherwise
}

// session is one run of the workloads.
type session struct {
	Options
	kind   string // of the store
	stores stores
	dir    string // for files of this run
	report *Report
}

// Run runs the workloads one after the other. It fails on the first answer that
// is not as it must be.
func Run(ctx context.Context, o Options) (*Report, error) {
	o = o.withDefaults()
	for _, name := range o.Workloads {
		if !slices.Contains(Workloads(), name) {
			return nil, fmt.Errorf("no workload %q", name)
		}
	}
	stores, dir, err := newStores(ctx, o.Store, o.Keep)
	if err != nil {
		return nil, err
	}
	s := &session{Options: o, kind: kindOf(o.Store), stores: stores, dir: dir, report: newReport(o)}
	err = s.run(ctx)
	ctx, cancel := cleaning(ctx)
	defer cancel()
	return s.report, errors.Join(err, stores.close(ctx), os.RemoveAll(dir))
}

func (s *session) run(ctx context.Context) error {
	var err error
	if s.report.Machine, err = describeMachine(s.dir); err != nil {
		return err
	}
	if c, ok := s.stores.(*cluster); ok {
		s.report.Machine.Database = c.about
	}
	wants := func(names ...string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return slices.Contains(s.Workloads, name) })
	}
	if wants(Balance, Payment, Hot) {
		if err := s.requests(ctx, wants(Balance), wants(Payment, Hot), wants(Hot)); err != nil {
			return err
		}
	}
	if wants(Age) {
		if err := s.age(ctx); err != nil {
			return fmt.Errorf("age: %w", err)
		}
	}
	if wants(Accounts) {
		if err := s.accounts(ctx); err != nil {
			return fmt.Errorf("accounts: %w", err)
		}
	}
	if wants(Nodes) {
		if err := s.nodes(ctx); err != nil {
			return fmt.Errorf("nodes: %w", err)
		}
	}
	if wants(Webhooks) {
		if err := s.webhooks(ctx); err != nil {
			return fmt.Errorf("webhooks: %w", err)
		}
	}
	if wants(Streams) {
		if err := s.streams(ctx); err != nil {
			return fmt.Errorf("streams: %w", err)
		}
	}
	return nil
}

// requests runs the workloads that ask a young store over HTTP.
func (s *session) requests(ctx context.Context, balance, payment, hot bool) error {
	return s.withHouse(ctx, "payment", func(h *house) error {
		y, err := s.yardstick(ctx, h.payers)
		if err != nil {
			return fmt.Errorf("yardstick: %w", err)
		}
		if balance {
			if err = s.balance(ctx, y, h); err != nil {
				err = fmt.Errorf("balance: %w", err)
			}
		}
		if payment && err == nil {
			if err = s.payment(ctx, y, h, hot); err != nil {
				err = fmt.Errorf("payment: %w", err)
			}
		}
		return errors.Join(err, y.stop())
	})
}

func (s *session) progress(format string, args ...any) {
	fmt.Fprintf(s.Progress, format+"\n", args...)
}
