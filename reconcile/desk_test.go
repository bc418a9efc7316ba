package reconcile_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
	"github.com/saldo-pix/saldo/reconcile"
	"github.com/saldo-pix/saldo/statement"
	"github.com/saldo-pix/saldo/store/memory"
)

const (
	account ledger.AccountID = 1_0000000007
	other   ledger.AccountID = 1_0000000008
)

// world is an account in books at work, and a desk.
type world struct {
	t     testing.TB
	store *memory.Store
	book  *book.Book
	desk  *reconcile.Desk

	mu  sync.Mutex
	now time.Time // guarded by mu
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func newWorld(t testing.TB, o reconcile.DeskOptions) *world {
	w := &world{t: t, store: memory.New(), now: noon}
	w.book = book.New(w.store, book.NewIDs(w.clock, 0, 100), book.Options{Log: slog.New(slog.DiscardHandler)})
	o.Book, o.Reader, o.Dir, o.Now, o.Log = w.book, w.store, t.TempDir(), w.clock, slog.New(slog.DiscardHandler)
	w.desk = reconcile.NewDesk(o)
	ctx, cancel := context.WithCancel(context.Background())
	bookCtx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 2)
	go func() { ended <- w.book.Run(bookCtx) }()
	go func() { ended <- w.desk.Run(ctx); stop() }()
	t.Cleanup(func() {
		cancel()
		for range 2 {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
	})
	for _, id := range []ledger.AccountID{account, other} {
		do(w, &pix.OpenAccount{OpeningBalance: 1000_00, Profile: pix.Profile{
			ID: id, Name: "Loja Exemplo", Document: "11222333000181", Brand: "avista", CreatedAt: noon,
			PixKeys: []string{fmt.Sprintf("loja%s@example.com", id)},
			Fees:    pix.Fees{Payment: pix.FeeRule{Fixed: 40}, Receipt: pix.FeeRule{Fixed: 10}},
		}})
	}
	return w
}

func do[T any](w *world, c book.Command[T]) T {
	w.t.Helper()
	result, err := book.Do(context.Background(), w.book, c)
	if err != nil {
		w.t.Fatalf("%T: %v", c, err)
	}
	return result
}

func (w *world) next() uint64 {
	w.advance(time.Second)
	return w.book.NextID()
}

func (w *world) pay(amount money.Centavos) pix.Movement {
	n := w.next()
	return do(w, &pix.PlacePayment{
		ID: pix.MovementID(n), Account: account, ExternalID: fmt.Sprint("order-", n), Amount: amount,
		Key: pixid.Key{Type: pixid.KeyEmail, Value: "maria@example.com"}, EndToEndID: pixid.EndToEndIDFrom("99999003", w.clock(), n),
		Rail: pix.RailHTTP, Counterpart: pix.Counterpart{Name: "Maria Exemplo", Document: "52998224725"}, At: w.clock(),
	})
}

func (w *world) event(e pix.Event) {
	w.t.Helper()
	n := w.next()
	e.ID, e.At = fmt.Sprint("event-", n), w.clock()
	if got := do(w, &pix.ApplyEvent{Event: e, NewID: pix.MovementID(n), Now: w.clock()}); got != pix.Applied {
		w.t.Fatalf("%+v is %s", e, got)
	}
}

func (w *world) settled(amount money.Centavos) pix.Movement {
	m := w.pay(amount)
	w.event(pix.Event{Type: pix.PaymentSettled, EndToEndID: m.EndToEndID})
	return m
}

func (w *world) receive(amount money.Centavos) pixid.EndToEndID {
	id := pixid.EndToEndIDFrom("99999004", w.clock(), w.next())
	w.event(pix.Event{
		Type: pix.ReceiptSettled, EndToEndID: id, Amount: amount, PixKey: fmt.Sprintf("loja%s@example.com", account),
	})
	return id
}

// statement is the account's own statement of the day.
func (w *world) statement(format statement.Format) []byte {
	w.t.Helper()
	s, err := statement.Open(context.Background(), w.store, account, oneDay(), statement.Bank{}, w.clock())
	if err != nil {
		w.t.Fatal(err)
	}
	var out bytes.Buffer
	if err := statement.Write(&out, format, &s.Head, s.Lines(context.Background())); err != nil {
		w.t.Fatal(err)
	}
	return out.Bytes()
}

// history has something of everything that a statement can have.
func (w *world) history(t *rapid.T) {
	var paid []pix.Movement
	for range rapid.IntRange(0, 25).Draw(t, "acts") {
		amount := money.Centavos(rapid.IntRange(1, 20_00).Draw(t, "amount"))
		switch rapid.IntRange(0, 5).Draw(t, "act") {
		case 0:
			w.receive(amount)
		case 1:
			paid = append(paid, w.settled(amount))
		case 2:
			m := w.pay(amount)
			w.event(pix.Event{Type: pix.PaymentRejected, EndToEndID: m.EndToEndID})
		case 3:
			if len(paid) > 0 {
				m := paid[0]
				paid = paid[1:]
				w.event(pix.Event{
					Type: pix.PaymentReturned, EndToEndID: m.EndToEndID, Amount: m.Amount,
					ReturnID: pixid.ReturnIDFrom("99999004", w.clock(), w.next()),
				})
			}
		case 4:
			id := pixid.EndToEndIDFrom("99999004", w.clock(), w.next())
			for _, kind := range []pix.EventType{pix.ReceiptProcessing, pix.ReceiptFailed} {
				w.event(pix.Event{Type: kind, EndToEndID: id, Amount: amount, PixKey: fmt.Sprintf("loja%s@example.com", account)})
			}
		default:
			h := do(w, &pix.PlaceHold{At: w.clock(), HoldRequest: ledger.HoldRequest{
				ID: ledger.HoldID(w.next()), Account: account, Reason: ledger.ReasonJudicial, Amount: amount,
			}})
			do(w, &pix.CaptureHold{ID: h.ID, Amount: amount, To: ledger.Settlement, At: w.clock()})
		}
	}
}

// TestOurOwnStatementsHaveNoBreaks matches statements of random histories against the
// ledger that they are of.
func TestOurOwnStatementsHaveNoBreaks(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t, reconcile.DeskOptions{})
		w.history(rt)
		for format, as := range map[statement.Format]reconcile.Format{
			statement.CSV: reconcile.CSV, statement.OFX: reconcile.OFX, statement.CAMT053: reconcile.CAMT053,
		} {
			o := reconcile.Options{
				Period: oneDay(), Window: time.Minute, Find: reconcile.Finder(w.store, account), Dir: t.TempDir(),
			}
			text := w.statement(format)
			read := reconcile.Read(t.Context(), bytes.NewReader(text), as, nil)
			s, err := reconcile.Match(t.Context(), o, read, w.entries,
				func(f reconcile.Finding) error {
					if f.Class != reconcile.Matched {
						rt.Errorf("%s: %s %+v %+v", format, show(f), f.There, f.Here)
					}
					return nil
				})
			if err != nil || s.File != s.Ledger {
				rt.Errorf("%s: %v, file %+v, ledger %+v\n%s", format, err, s.File, s.Ledger, text)
			}
		}
	})
}

func (w *world) entries(p statement.Period) iter.Seq2[reconcile.Entry, error] {
	return reconcile.Entries(context.Background(), w.store, account, p, reconcile.ScopeAll, w.clock())
}

// start gives a file to the desk.
func (w *world) start(o reconcile.Order, text []byte) (reconcile.Run, error) {
	w.t.Helper()
	u, err := w.desk.Take(context.Background(), account)
	if err != nil {
		return reconcile.Run{}, err
	}
	defer u.Drop()
	if _, err := u.Write(text); err != nil {
		return reconcile.Run{}, err
	}
	return u.Start(context.Background(), o)
}

// ended waits until a reconciliation has ended.
func (w *world) ended(id uint64) reconcile.Run {
	w.t.Helper()
	for range 2000 {
		run, err := w.desk.Find(context.Background(), account, id)
		if err != nil {
			w.t.Fatal(err)
		}
		if run.State != reconcile.Running {
			return run
		}
		time.Sleep(time.Millisecond)
	}
	w.t.Fatal("it does not end")
	return reconcile.Run{}
}

// broken is the statement of a day with breaks: a receipt left out, one changed, one
// made up, and a payment twice.
func (w *world) broken() []byte {
	for range 600 {
		w.receive(5_00)
	}
	left, changed, paid := w.receive(1_00), w.receive(2_00), w.settled(3_00)
	var rows []string
	for row := range strings.Lines(string(w.statement(statement.CSV))) {
		switch {
		case strings.Contains(row, string(left)):
			row = strings.Replace(row, string(left), payID(999), 1)
		case strings.Contains(row, string(changed)):
			row = strings.Replace(row, ";1,90;", ";1,91;", 1)
		case strings.Contains(row, string(paid.EndToEndID)):
			rows = append(rows, row)
		}
		rows = append(rows, row)
	}
	return []byte(strings.Join(rows, ""))
}

func TestAReconciliationIsKept(t *testing.T) {
	w := newWorld(t, reconcile.DeskOptions{})
	text := w.broken()
	begun, err := w.start(reconcile.Order{Who: "client", File: "extrato.csv", Format: reconcile.CSV}, text)
	if err != nil || begun.State != reconcile.Running {
		t.Fatalf("%+v, %v", begun, err)
	}
	run := w.ended(begun.ID)
	matched := run.Summary.Classes[reconcile.Matched].Count
	if run.State != reconcile.Done || run.Summary.Breaks() != 4 || matched != 602 ||
		run.Period != oneDay() || run.Chunks != 2 || run.Lines != 605 || run.Open[reconcile.Duplicate] != 1 {
		t.Fatalf("%+v %+v", run, run.Why)
	}
	page := func(q reconcile.BreakQuery) string {
		t.Helper()
		breaks, total, err := w.desk.Breaks(t.Context(), &run, q)
		if err != nil {
			t.Fatal(err)
		}
		shown := []string{fmt.Sprint(total)}
		for _, b := range breaks {
			shown = append(shown, fmt.Sprintf("%d %s %v %s", b.Number, b.Class, b.Closed, b.Note))
		}
		return strings.Join(shown, "; ")
	}
	want := func(q reconcile.BreakQuery, want string) {
		t.Helper()
		if got := page(q); got != want {
			t.Errorf("%+v: %s, want %s", q, got, want)
		}
	}
	const first, second = "1 missing_here false ; 2 missing_there false ", "3 amount_differs false ; 4 duplicate false "
	want(reconcile.BreakQuery{Limit: 10}, "4; "+first+"; "+second)
	want(reconcile.BreakQuery{Limit: 2, Skip: 2}, "4; "+second)
	want(reconcile.BreakQuery{Limit: 9, Skip: 9}, "4")
	want(reconcile.BreakQuery{Limit: 9, Class: reconcile.AmountDiffers}, "1; 3 amount_differs false ")
	want(reconcile.BreakQuery{Limit: 9, Class: reconcile.DayBoundary}, "0")
	closed, open, note := true, false, "falado com o banco"
	remark := reconcile.Remark{Note: &note, Closed: &closed, Who: "client"}
	if _, err := w.desk.Change(t.Context(), &run, 2, remark); err != nil {
		t.Fatal(err)
	}
	if _, err := w.desk.Change(t.Context(), &run, 5, remark); !errors.Is(err, reconcile.ErrNone) {
		t.Error(err)
	}
	run = w.ended(run.ID)
	want(reconcile.BreakQuery{Limit: 9, Open: &open}, "1; 2 missing_there true falado com o banco")
	want(reconcile.BreakQuery{Limit: 2, Skip: 1, Open: &closed}, "3; "+second)
	for _, format := range reconcile.ExportFormats() {
		var out bytes.Buffer
		if err := w.desk.Export(t.Context(), &out, &run, format); err != nil {
			t.Fatal(err)
		}
		if rows := strings.Count(out.String(), "\n"); rows != 4+602+map[string]int{"csv": 1, "json": 2}[format] {
			t.Errorf("%s has %d rows", format, rows)
		}
	}
	if _, err := w.desk.Find(t.Context(), other, run.ID); !errors.Is(err, reconcile.ErrNone) {
		t.Errorf("another account finds it: %v", err)
	}
	if err := w.desk.Delete(t.Context(), &run); err != nil {
		t.Fatal(err)
	}
	for r, err := range w.store.EachRecord(t.Context()) {
		t.Errorf("%v is left, %v", r.RecordKey, err)
	}
}

func TestWhatTheDeskRefuses(t *testing.T) {
	w := newWorld(t, reconcile.DeskOptions{FileMax: 1000, AtOnce: 1})
	var p *reconcile.Problem
	if _, err := w.start(reconcile.Order{Format: reconcile.CSV}, []byte("data;valor\n20/11/2026;x")); !errors.As(err, &p) ||
		p.Row != 2 {
		t.Error(err)
	}
	if _, err := w.start(reconcile.Order{Format: reconcile.CSV}, nil); !errors.As(err, &p) {
		t.Error(err)
	}
	_, err := w.start(reconcile.Order{Format: reconcile.CSV}, make([]byte, 1001))
	if !errors.Is(err, reconcile.ErrTooLarge) {
		t.Error(err)
	}
	u, err := w.desk.Take(t.Context(), account)
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[ledger.AccountID]error{account: reconcile.ErrTaken, other: reconcile.ErrBusy} {
		if _, err := w.desk.Take(t.Context(), id); !errors.Is(err, want) {
			t.Errorf("%s: %v", id, err)
		}
	}
	u.Drop()
	u.Drop()
	// A line far beyond those that are looked at first.
	far := "data;valor\n" + strings.Repeat("20/11/2026;1\n", 1000) + "20/11/2026;x"
	w = newWorld(t, reconcile.DeskOptions{})
	run, err := w.start(reconcile.Order{Format: reconcile.CSV, Period: oneDay()}, []byte(far))
	if err != nil {
		t.Fatal(err)
	}
	if run = w.ended(run.ID); run.State != reconcile.Broken || run.Why.Row != 1002 || run.Why.Field != "amount" {
		t.Errorf("%+v %+v", run, run.Why)
	}
	for range reconcile.RunsMax - 1 {
		if run, err = w.start(reconcile.Order{Format: reconcile.CSV, Period: oneDay()}, []byte("data;valor\n")); err != nil {
			t.Fatal(err)
		}
		w.ended(run.ID)
	}
	if _, err := w.desk.Take(t.Context(), account); !errors.Is(err, reconcile.ErrTooMany) {
		t.Error(err)
	}
}

// slow is a reader that waits in the middle of the ledger.
type slow struct {
	book.Reader
	waiting, goOn chan struct{}
}

func (s *slow) Profile(ctx context.Context, id ledger.AccountID) (pix.Profile, error) {
	close(s.waiting)
	select {
	case <-s.goOn:
	case <-ctx.Done():
		return pix.Profile{}, ctx.Err()
	}
	return s.Reader.Profile(ctx, id)
}

// TestANodeThatStopsLeavesTheRunAsFailed stops a desk at work, and looks at one whose
// node is gone.
func TestANodeThatStopsLeavesTheRunAsFailed(t *testing.T) {
	w := newWorld(t, reconcile.DeskOptions{})
	wait := &slow{w.store, make(chan struct{}), make(chan struct{})}
	second := reconcile.NewDesk(reconcile.DeskOptions{
		Book: w.book, Reader: wait, Dir: t.TempDir(), Now: w.clock, Log: slog.New(slog.DiscardHandler),
	})
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- second.Run(ctx) }()
	u, err := second.Take(t.Context(), account)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(u, "data;valor\n20/11/2026;1\n"); err != nil {
		t.Fatal(err)
	}
	run, err := u.Start(t.Context(), reconcile.Order{Format: reconcile.CSV})
	if err != nil {
		t.Fatal(err)
	}
	<-wait.waiting
	found, err := w.desk.Find(t.Context(), account, run.ID)
	if err != nil || found.State != reconcile.Running ||
		!errors.Is(w.desk.Delete(t.Context(), &found), reconcile.ErrRunning) {
		t.Errorf("%+v, %v", found, err)
	}
	w.advance(2 * time.Minute)
	runs, err := w.desk.Runs(t.Context(), account)
	if err != nil || len(runs) != 1 || runs[0].State != reconcile.Broken || runs[0].Why.Reason == "" {
		t.Errorf("%+v, %v", runs, err)
	}
	w.advance(-2 * time.Minute)
	cancel()
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	if run := w.ended(run.ID); run.State != reconcile.Broken || !strings.Contains(run.Why.Reason, "interrupted") {
		t.Errorf("%+v %+v", run, run.Why)
	}
	if _, err := second.Take(t.Context(), other); !errors.Is(err, reconcile.ErrBusy) {
		t.Errorf("a desk that has stopped takes more: %v", err)
	}
}
