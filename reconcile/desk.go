package reconcile

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/statement"
)

// DeskOptions are what a desk works with. All without a default are required.
type DeskOptions struct {
	Book   *book.Book
	Reader book.Reader
	// Dir is where files are while they are worked on; empty is the system's place for
	// temporary files. Matching takes some 500 bytes there for each line and entry.
	Dir string
	// FileMax is how large a file may be, in bytes; 0 is FileMaxDefault.
	FileMax int64
	// AtOnce is how many this node works on at the same time; 0 is 2.
	AtOnce int
	Now    func() time.Time
	Log    *slog.Logger
}

// The default bounds.
const (
	FileMaxDefault = 1 << 30 // bytes: a million entries of camt.053
	atOnceDefault  = 2
	// RunsMax is how many reconciliations are kept of an account.
	RunsMax = 100
)

// What may keep a reconciliation from being begun, or changed.
var (
	ErrTaken    = errors.New("another reconciliation of this account is at work")
	ErrBusy     = errors.New("too many reconciliations are at work")
	ErrTooMany  = fmt.Errorf("%d reconciliations are kept: delete some", RunsMax)
	ErrRunning  = errors.New("the reconciliation is at work")
	ErrTooLarge = errors.New("the file is too large")
	ErrNone     = errors.New("no such reconciliation")
)

// Desk takes files, works on them in the background, and keeps what comes out.
type Desk struct {
	DeskOptions
	mu      sync.Mutex
	taken   map[ledger.AccountID]bool // guarded by mu
	stopped bool                      // guarded by mu
	works   sync.WaitGroup
	work    context.Context // ends with Run
	stop    context.CancelFunc
}

// NewDesk returns a desk. Run must be called, or what it works on is never ended in
// order.
func NewDesk(o DeskOptions) *Desk {
	if o.FileMax == 0 {
		o.FileMax = FileMaxDefault
	}
	if o.AtOnce == 0 {
		o.AtOnce = atOnceDefault
	}
	d := &Desk{DeskOptions: o, taken: make(map[ledger.AccountID]bool)}
	d.work, d.stop = context.WithCancel(context.Background())
	return d
}

// Run waits until ctx ends, and then ends what is at work: it is kept as failed.
func (d *Desk) Run(ctx context.Context) error {
	<-ctx.Done()
	d.mu.Lock()
	d.stopped = true
	d.mu.Unlock()
	d.stop()
	d.works.Wait()
	return nil
}

// Upload is a file that is being taken in. It must be started or dropped.
type Upload struct {
	desk    *Desk
	account ledger.AccountID
	file    *os.File
	hash    hash.Hash
	size    int64
	gone    bool // it was started or dropped
}

// Take makes room for a file of an account, or returns ErrTaken, ErrBusy, or
// ErrTooMany.
func (d *Desk) Take(ctx context.Context, account ledger.AccountID) (*Upload, error) {
	runs, err := d.Runs(ctx, account)
	if err != nil {
		return nil, err
	}
	if len(runs) >= RunsMax {
		return nil, ErrTooMany
	}
	if err := d.place(account); err != nil {
		return nil, err
	}
	file, err := tempFile(d.Dir)
	if err != nil {
		d.leave(account)
		d.works.Done()
		return nil, err
	}
	return &Upload{desk: d, account: account, file: file, hash: sha256.New()}, nil
}

func (d *Desk) place(account ledger.AccountID) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.taken[account]:
		return ErrTaken
	case d.stopped || len(d.taken) >= d.AtOnce:
		return ErrBusy
	}
	d.taken[account] = true
	d.works.Add(1)
	return nil
}

func (d *Desk) leave(account ledger.AccountID) {
	d.mu.Lock()
	delete(d.taken, account)
	d.mu.Unlock()
}

// Write takes in more of the file, or returns ErrTooLarge.
func (u *Upload) Write(p []byte) (int, error) {
	if u.size+int64(len(p)) > u.desk.FileMax {
		return 0, ErrTooLarge
	}
	n, err := u.file.Write(p)
	u.size += int64(n)
	u.hash.Write(p[:n])
	return n, err
}

// Drop gives up a file, unless it was started: then nothing happens.
func (u *Upload) Drop() {
	if !u.gone {
		u.gone = true
		u.end()
		u.desk.works.Done()
	}
}

func (u *Upload) end() {
	if err := closeAll([]*os.File{u.file}); err != nil {
		u.desk.Log.Warn("file of a reconciliation not closed", "error", err)
	}
	u.desk.leave(u.account)
}

// Order says how a file is to be matched.
type Order struct {
	Who     string // credential that asks
	File    string // name that it has there
	Format  Format
	Reading Reading
	Scope   Scope            // empty is what files of the format have
	Period  statement.Period // zero is that of the file
	Window  time.Duration    // in minutes; 0 is the default
}

// linesAtFirst is how many lines are read before the answer, so that what is wrong
// with the whole file is told at once.
const linesAtFirst = 1000

// Start begins to work on a file, and returns at once. What is seen to be wrong with
// the file right away is a *Problem, and then nothing was begun.
func (u *Upload) Start(ctx context.Context, o Order) (Run, error) {
	if err := u.look(ctx, &o); err != nil {
		return Run{}, err
	}
	if o.Scope == "" {
		o.Scope = ScopeOf(o.Format)
	}
	if o.Window == 0 {
		o.Window = WindowDefault
	}
	now := u.desk.now()
	run := Run{
		ID: u.desk.Book.NextID(), Account: u.account, Who: o.Who, File: clean(o.File, textMax),
		SHA256: hex.EncodeToString(u.hash.Sum(nil)), Size: u.size, Format: o.Format, Reading: o.Reading, Scope: o.Scope,
		Asked: o.Period != (statement.Period{}), Period: o.Period, Minutes: int(o.Window / time.Minute),
		State: Running, StartedAt: now, SeenAt: now,
	}
	record, err := run.record()
	if err != nil {
		return Run{}, err
	}
	_, err = book.Do(ctx, u.desk.Book, &pix.KeepRecords{Account: u.account, Keep: []pix.Record{record}})
	if err != nil {
		return Run{}, err
	}
	started := run
	u.gone = true
	go func() {
		defer u.desk.works.Done()
		w := worker{desk: u.desk, run: &run, file: u.file}
		// Whoever sees that it has ended may begin another.
		w.work(u.desk.work, u.end)
	}()
	return started, nil
}

func (u *Upload) look(ctx context.Context, o *Order) error {
	if u.size == 0 {
		return problem(0, "", "the file is empty")
	}
	if _, err := u.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	n := 0
	for _, err := range Read(ctx, u.file, o.Format, &o.Reading) {
		if err != nil {
			return err
		}
		if n++; n == linesAtFirst {
			break
		}
	}
	_, err := u.file.Seek(0, io.SeekStart)
	return err
}

// now is the time as the books count it.
func (d *Desk) now() time.Time { return d.Now().UTC().Truncate(time.Microsecond) }
