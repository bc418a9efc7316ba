package postgres_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
	"github.com/saldo-pix/saldo/store/postgres"
	"github.com/saldo-pix/saldo/test/pgtest"
)

const firstAccount ledger.AccountID = 10_001

// open opens the books in a database until the test ends.
func open(t testing.TB, url string, opts postgres.Options) *postgres.Store {
	t.Helper()
	opts.Migrate = true
	s, err := postgres.Open(context.Background(), url, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// newStore opens books that are empty, on the server that tests share.
func newStore(t testing.TB, opts postgres.Options) *postgres.Store {
	t.Helper()
	return open(t, pgtest.Shared(t).NewDatabase(t), opts)
}

// run runs a book over a store until the test ends or stop is called.
func run(t testing.TB, s book.Store, node int, opts book.Options) (b *book.Book, stop func()) {
	t.Helper()
	last, err := s.LastID(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	b = book.New(s, book.NewIDs(time.Now, node, last), opts)
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		if err := b.Run(ctx); err != nil {
			t.Errorf("book: %v", err)
		}
	}()
	stop = func() { cancel(); <-stopped }
	t.Cleanup(stop)
	return b, stop
}

// do runs one command by itself.
func do[T any](s book.Store, c book.Command[T]) (result T, err error) {
	err = s.Commit(context.Background(), c.Needs(), func(b *pix.Books) (err error) {
		result, err = c.Decide(b)
		return err
	})
	return result, err
}

func must[T any](t testing.TB, s book.Store, c book.Command[T]) T {
	t.Helper()
	result, err := do(s, c)
	if err != nil {
		t.Fatalf("%T: %v", c, err)
	}
	return result
}

func openAccount(id ledger.AccountID, balance money.Centavos) *pix.OpenAccount {
	return &pix.OpenAccount{
		Profile: pix.Profile{
			ID: id, Name: "Loja " + id.String(), Document: "11144477735", Brand: "avista", City: "São Paulo",
			CreatedAt: time.Now().UTC(), Fees: pix.Fees{Payment: pix.FeeRule{Fixed: 40}},
		},
		OpeningBalance: balance,
	}
}

func payment(id uint64, account ledger.AccountID, amount money.Centavos) *pix.PlacePayment {
	return &pix.PlacePayment{
		ID: pix.MovementID(id), Account: account, ExternalID: fmt.Sprintf("order-%d", id), Amount: amount,
		Key: pixid.Key{Type: pixid.KeyEmail, Value: "fornecedor@example.com"}, EndToEndID: endToEndID(id),
		Description: "Pedido", Rail: pix.RailHTTP, At: time.Now().UTC(),
	}
}

func endToEndID(id uint64) pixid.EndToEndID {
	return pixid.EndToEndID(fmt.Sprintf("E12345678202611201200%011d", id%100_000_000_000))
}

// settlement says that a payment was settled.
func settlement(payment, id uint64) *pix.ApplyEvent {
	now := time.Now().UTC()
	return &pix.ApplyEvent{
		Event: pix.Event{
			ID: fmt.Sprintf("event-%d", id), Type: pix.PaymentSettled, EndToEndID: endToEndID(payment), At: now,
		},
		NewID: pix.MovementID(id), Now: now,
	}
}

// sound asserts that nothing is wrong with the books.
func sound(t testing.TB, r book.Reader) book.Report {
	t.Helper()
	report, err := book.Verify(context.Background(), r, nil)
	if err != nil {
		t.Fatalf("verify: %v", err)
	}
	for _, finding := range report.Findings {
		t.Errorf("verify: %v", finding)
	}
	return report
}

// sql runs a statement by itself.
func sql(t testing.TB, url, statement string, args ...any) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, statement, args...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// value asks for one value by itself.
func value[V any](t testing.TB, url, query string, args ...any) (v V) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	if err := conn.QueryRow(ctx, query, args...).Scan(&v); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return v
}
