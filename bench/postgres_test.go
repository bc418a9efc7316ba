package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/test/pgtest"
)

// databases lists the databases of measurements on a server.
func databases(t *testing.T, url string) []string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	rows, err := conn.Query(t.Context(), `SELECT datname FROM pg_database WHERE datname LIKE '%bench%'`)
	if err != nil {
		t.Fatal(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestEveryWorkloadOnPostgreSQL(t *testing.T) {
	url := pgtest.Shared(t).URL("postgres")
	options := tiny(t, url)
	options.Nodes, options.Rounds, options.Entries, options.Accounts = []int{1, 2}, 2, 600, 1_500
	report, err := Run(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Results) != 18 || len(report.Figures) != 22 {
		t.Errorf("%d results and %d figures: %+v %+v",
			len(report.Results), len(report.Figures), report.Results, report.Figures)
	}
	for _, r := range report.Results {
		if r.PerSecond <= 0 || len(r.Rounds) != 2 {
			t.Errorf("%+v", r)
		}
	}
	checkPrints(t, report, "balance: saldo / hand-written", "hot: saldo / hand-written", "nodes: 2 / 1")
	whole, err := json.Marshal(report)
	if err != nil || strings.Contains(string(whole), url) {
		t.Errorf("the server's password is told: %v", err)
	}
	if left := databases(t, url); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestBigStoresAreKeptOnPostgreSQL(t *testing.T) {
	url := pgtest.Shared(t).URL("postgres")
	options := tiny(t, url)
	var told strings.Builder
	options.Workloads, options.Keep, options.CPUProfile, options.Progress = []string{Accounts}, "kept_bench", "", &told
	for range 2 {
		if _, err := Run(t.Context(), options); err != nil {
			t.Fatal(err)
		}
	}
	if n := strings.Count(told.String(), "built "); n != 1 {
		t.Errorf("built %d times, want once:\n%s", n, &told)
	}
	kept := databases(t, url)
	if want := []string{"kept_bench_accounts_2500"}; !slices.Equal(kept, want) {
		t.Errorf("kept %v, want %v", kept, want)
	}
	c, err := newCluster(t.Context(), url, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range kept {
		to, err := c.urlOf(name)
		if err == nil {
			err = c.remove(t.Context(), to)
		}
		if err != nil {
			t.Error(err)
		}
	}
}

func TestOtherBooksAreLeftAlone(t *testing.T) {
	ctx := t.Context()
	server := pgtest.Shared(t)
	url := server.URL("postgres")
	c, err := newCluster(ctx, url, "")
	if err != nil {
		t.Fatal(err)
	}
	books := server.NewDatabase(t)
	store, err := openStore(ctx, books)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Run(ctx, tiny(t, books)); !errors.Is(err, errOtherBooks) {
		t.Errorf("a database with books was taken: %v", err)
	}
	if err := c.exec(ctx, url, "CREATE DATABASE others_age_600"); err != nil {
		t.Fatal(err)
	}
	options := tiny(t, url)
	options.Workloads, options.Keep, options.Entries = []string{Age}, "others", 600
	if _, err := Run(ctx, options); !errors.Is(err, errOtherBooks) {
		t.Errorf("a database of the same name was taken: %v", err)
	}
	if err := c.exec(ctx, url, "DROP DATABASE others_age_600"); err != nil {
		t.Errorf("it is gone: %v", err)
	}
}

func TestARoleThatMayNotMakeDatabasesIsToldSo(t *testing.T) {
	_, err := Run(t.Context(), tiny(t, pgtest.Shared(t).NewDatabase(t)))
	if err == nil || !strings.Contains(err.Error(), "CREATEDB") {
		t.Errorf("error %v", err)
	}
}

// handWrittenOf starts the yardstick over accounts with nothing but limit each.
func handWrittenOf(t *testing.T, accounts int, limit money.Centavos) *handWritten {
	t.Helper()
	c, err := newCluster(t.Context(), pgtest.Shared(t).URL("postgres"), "")
	if err != nil {
		t.Fatal(err)
	}
	url, err := c.create(t.Context(), "yardstick")
	if err != nil {
		t.Fatal(err)
	}
	payers := make([]payer, accounts)
	for i := range payers {
		payers[i] = payer{ledger.AccountID(i + 1), fmt.Sprint("token-", i)}
	}
	w, err := startHandWritten(t.Context(), url, payers)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(w.stop(), c.close(context.Background())); err != nil {
			t.Error(err)
		}
	})
	if _, err := w.books.pool.Exec(t.Context(), `UPDATE accounts SET posted = $1`, int64(limit)); err != nil {
		t.Fatal(err)
	}
	return w
}

// The yardstick must be right, or it would be no yardstick.
func TestHandWrittenBooksStayRight(t *testing.T) {
	const accounts, clients, enough = 3, 12, 20 // payments that an account has money for
	w := handWrittenOf(t, accounts, enough*(amount+fee))
	var settled, refused atomic.Int64
	var all sync.WaitGroup
	for i := range clients {
		all.Go(func() {
			c, err := dial(t.Context(), w.address, patience)
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = c.Close() }()
			place := newHead("POST", cashOutPath, w.address, fmt.Sprint("token-", i%accounts))
			events := newHead("POST", eventsPath, w.address, operatorToken)
			for n := range 2 * enough * accounts / clients {
				name := fmt.Sprintf("%d-%d", i, n)
				body := placeBody(nil, name)
				answer, err := c.ask(place.appendWith(nil, body), http.StatusCreated)
				if err != nil {
					if !strings.Contains(err.Error(), errFunds.Error()) {
						t.Error(err)
					}
					refused.Add(1)
					continue
				}
				id, err := textField(answer, "transactionId")
				if err != nil {
					t.Error(err)
					return
				}
				event := events.appendWith(nil, eventBody(nil, name, settledEvent, slices.Clone(id)))
				if _, err := c.ask(event, http.StatusOK); err != nil {
					t.Error(err)
					return
				}
				settled.Add(1)
				if _, err := c.ask(event, http.StatusConflict); err != nil {
					t.Errorf("a second settlement: %v", err)
				}
			}
		})
	}
	all.Wait()
	if settled.Load() != accounts*enough || refused.Load() != accounts*enough {
		t.Errorf("%d settled and %d refused, want %d each", settled.Load(), refused.Load(), accounts*enough)
	}
	var left, held, entries, changed int64
	err := w.books.pool.QueryRow(t.Context(), `
		SELECT sum(posted)::bigint, sum(held)::bigint, (SELECT count(*) FROM entries),
			(SELECT sum(posted)::bigint FROM entries) FROM accounts`).Scan(&left, &held, &entries, &changed)
	const payments = accounts * enough
	if err != nil || left != 0 || held != 0 || entries != 2*payments || changed != -payments*int64(amount+fee) {
		t.Errorf("%d and %d held left, %d entries of %d, %v", left, held, entries, changed, err)
	}
}

func TestHandWrittenAnswersAsItMust(t *testing.T) {
	w := handWrittenOf(t, 1, 10*(amount+fee))
	c, err := dial(t.Context(), w.address, patience)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	place := newHead("POST", cashOutPath, w.address, "token-0").appendWith(nil, placeBody(nil, "once"))
	ask := func(request []byte, status int, want string) {
		t.Helper()
		if body, err := c.ask(request, status); err != nil || !strings.Contains(string(body), want) {
			t.Errorf("%v: %s", err, body)
		}
	}
	ask(newHead("GET", balancePath, w.address, "token-1").bare(), http.StatusUnauthorized, errToken.Error())
	ask(place, http.StatusCreated, `"status":"PENDING"`)
	ask(place, http.StatusConflict, errRepeated.Error())
	ask(newHead("GET", balancePath, w.address, "token-0").bare(), http.StatusOK,
		`"grossBalance":15.00,"blockedBalance":1.50,"netBalance":13.50`)
	unknown := eventBody(nil, "x", settledEvent, []byte("4711"))
	ask(newHead("POST", eventsPath, w.address, operatorToken).appendWith(nil, unknown), http.StatusNotFound, "")
	ask(newHead("POST", eventsPath, w.address, "token-0").appendWith(nil, unknown), http.StatusUnauthorized, "")
}
