package postgres_test

import (
	"errors"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/store/postgres"
)

// counted returns a counter of a store.
func counted(t *testing.T, s *postgres.Store, name string) int {
	t.Helper()
	r := prometheus.NewRegistry()
	s.RegisterMetrics(r)
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name {
			sum := 0.0
			for _, m := range f.GetMetric() {
				sum += m.GetCounter().GetValue()
			}
			return int(sum)
		}
	}
	t.Fatalf("no metric %s", name)
	return 0
}

func TestReadersShareQueries(t *testing.T) {
	const readers, each, accounts = 64, 50, 10
	s := newStore(t, postgres.Options{})
	for i := range accounts {
		must(t, s, openAccount(firstAccount+ledger.AccountID(i), 100_00))
	}
	together(readers, func(i int) {
		for n := range each {
			id := firstAccount + ledger.AccountID((i+n)%(accounts+1))
			a, err := s.Account(t.Context(), id)
			switch known := id < firstAccount+accounts; {
			case known && (err != nil || a.ID != id || a.Posted != 100_00):
				t.Errorf("account %s: %+v, %v", id, a, err)
			case !known && !errors.Is(err, ledger.ErrAccountNotFound):
				t.Errorf("account %s: %v", id, err)
			}
		}
	})
	reads, queries := counted(t, s, "saldo_postgres_account_reads_total"), counted(t, s, "saldo_postgres_account_queries_total")
	if reads != readers*each || queries*5 > reads {
		t.Errorf("%d reads took %d queries", reads, queries)
	}
}
