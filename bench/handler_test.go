package bench

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/saldo-pix/saldo/store/memory"
)

// quietWriter takes an answer without keeping more of it than its body.
type quietWriter struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *quietWriter) Header() http.Header            { return w.header }
func (w *quietWriter) WriteHeader(status int)         { w.status = status }
func (w *quietWriter) Write(body []byte) (int, error) { return w.body.Write(body) }

func (w *quietWriter) reset() {
	clear(w.header)
	w.body.Reset()
}

// forgetful is a Saldo in memory with one account.
func forgetful(b *testing.B) *house {
	b.Helper()
	h, err := openHouse(context.Background(), memory.New())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := h.close(); err != nil {
			b.Error(err)
		}
	})
	s := session{Options: Options{}.withDefaults()}
	if err := s.fill(context.Background(), h, 1, 0); err != nil {
		b.Fatal(err)
	}
	if err := h.signIn(context.Background(), 1); err != nil {
		b.Fatal(err)
	}
	return h
}

// BenchmarkBalanceHandler is what Saldo adds to net/http when it is asked for a
// balance.
func BenchmarkBalanceHandler(b *testing.B) {
	h := forgetful(b)
	r := httptest.NewRequest(http.MethodGet, balancePath, nil)
	r.Header.Set("Authorization", "Bearer "+h.payers[0].token)
	w := &quietWriter{header: make(http.Header)}
	b.ReportAllocs()
	for b.Loop() {
		w.reset()
		h.Public.ServeHTTP(w, r)
		if w.status != http.StatusOK {
			b.Fatal(w.status, w.body.String())
		}
	}
}

// BenchmarkPaymentHandlers is what Saldo adds to net/http and a store's work
// when it accepts and settles a payment.
func BenchmarkPaymentHandlers(b *testing.B) {
	h := forgetful(b)
	var count atomic.Int64
	b.ReportAllocs()
	b.SetParallelism(32)
	b.RunParallel(func(next *testing.PB) {
		w := &quietWriter{header: make(http.Header)}
		for next.Next() {
			name := fmt.Sprintf("bench-%012d", count.Add(1))
			place := httptest.NewRequest(http.MethodPost, cashOutPath, bytes.NewReader(placeBody(nil, name)))
			place.Header.Set("Authorization", "Bearer "+h.payers[0].token)
			w.reset()
			if h.Public.ServeHTTP(w, place); w.status != http.StatusCreated {
				b.Error(w.status, w.body.String())
				return
			}
			id, err := textField(w.body.Bytes(), "transactionId")
			if err != nil {
				b.Error(err)
				return
			}
			body := eventBody(nil, name, "payment.settled", id)
			event := httptest.NewRequest(http.MethodPost, eventsPath, bytes.NewReader(body))
			event.Header.Set("Authorization", "Bearer "+operatorToken)
			w.reset()
			if h.Operator.ServeHTTP(w, event); w.status != http.StatusOK {
				b.Error(w.status, w.body.String())
				return
			}
		}
	})
}
