package httpapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/brand"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
	"github.com/saldo-pix/saldo/store/memory"
)

// extracts serves GET /api/statement for owner, who has some receipts, over a reader
// that see may change.
func extracts(t *testing.T, receipts int, see func(book.Reader) book.Reader) *httptest.Server {
	t.Helper()
	store := memory.New()
	run := func(needs pix.Needs, decide func(b *pix.Books) error) {
		if err := store.Commit(t.Context(), needs, decide); err != nil {
			t.Fatal(err)
		}
	}
	open := &pix.OpenAccount{Profile: pix.Profile{ID: owner, Name: "Loja", PixKeys: []string{"a@b"}, CreatedAt: noon}}
	run(open.Needs(), func(b *pix.Books) error { _, err := open.Decide(b); return err })
	for i := range receipts {
		id := pixid.EndToEndID(fmt.Sprintf("E99999004202611201200%011d", i))
		c := &pix.ApplyEvent{NewID: pix.MovementID(i + 1), Now: noon, Event: pix.Event{
			ID: string(id), Type: pix.ReceiptSettled, EndToEndID: id, PixKey: "a@b", Amount: 1_00, At: noon,
		}}
		run(c.Needs(), func(b *pix.Books) error { _, err := c.Decide(b); return err })
	}
	brands, err := brand.NewSet(brand.Brand{ID: "avista", Name: "À Vista"})
	if err != nil {
		t.Fatal(err)
	}
	s := New(Config{
		Brands: brands, Reader: see(store), Now: time.Now, NewUUID: func() [16]byte { return [16]byte{} },
		Log: slog.New(slog.DiscardHandler),
	})
	server := httptest.NewServer(s.respond.Handle(func(w http.ResponseWriter, r *http.Request) error {
		return s.extract(w, r, auth.Identity{Account: owner, Issuer: "avista"})
	}))
	t.Cleanup(server.Close)
	return server
}

// disturbed is a reader of entries that does something before each.
type disturbed struct {
	book.Reader
	before func(number uint64) error
}

func (d disturbed) EntriesBetween(
	ctx context.Context, id ledger.AccountID, from, until time.Time,
) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		for e, err := range d.Reader.EntriesBetween(ctx, id, from, until) {
			line, _ := e.Line(id)
			if failed := d.before(line.Number); failed != nil {
				err = failed
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

func asIs(r book.Reader) book.Reader { return r }

func fetch(t *testing.T, url string) (*http.Response, string, error) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return response, string(body), err
}

const allDays = "?from=2026-11-01&to=2026-11-30"

func TestExtractsAreServedInEveryFormat(t *testing.T) {
	server := extracts(t, 300, asIs)
	for format, want := range map[string]struct{ mediaType, text string }{
		"":        {"application/json", `"closing":{"grossBalance":300.00,`},
		"json":    {"application/json", `"bankName":"À Vista"`},
		"jsonl":   {"application/jsonl", `{"type":"closing",`},
		"csv":     {"text/csv; charset=utf-8", "30/11/2026;;;Saldo final;"},
		"ofx":     {"application/x-ofx", "<LEDGERBAL><BALAMT>300.00</BALAMT>"},
		"camt053": {"application/xml", "<Nm>À Vista</Nm>"},
	} {
		response, body, err := fetch(t, server.URL+allDays+"&format="+format)
		if err != nil || response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != want.mediaType ||
			!strings.Contains(body, want.text) || !strings.Contains(body, "300.00") && !strings.Contains(body, "300,00") {
			t.Errorf("%q: %v %s %v:\n%s", format, err, response.Status, response.Header, body)
		}
	}
	for _, wrong := range []string{"?from=1/11/2026", "?from=2026-11-02&to=2026-11-01", "?format=pdf", "?to=2026-11-31"} {
		if response, body, _ := fetch(t, server.URL+wrong); response.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %s %s", wrong, response.Status, body)
		}
	}
}

// TestAnExtractThatBreaksOffIsSeenToBe has a store that fails far behind the first
// chunk, and one that fails before it.
func TestAnExtractThatBreaksOffIsSeenToBe(t *testing.T) {
	for number, whole := range map[uint64]bool{900: false, 1: true} {
		server := extracts(t, 1000, func(r book.Reader) book.Reader {
			return disturbed{r, func(at uint64) error {
				if at == number {
					return errors.New("disk on fire")
				}
				return nil
			}}
		})
		response, body, err := fetch(t, server.URL+allDays)
		switch {
		case whole && (err != nil || response.StatusCode != http.StatusInternalServerError):
			t.Errorf("failure at once: %s %v", response.Status, err)
		case !whole && (!errors.Is(err, io.ErrUnexpectedEOF) || strings.Contains(body, `"closing"`)):
			t.Errorf("failure at line %d: %s, %v, %d bytes", number, response.Status, err, len(body))
		}
	}
}

// TestAnAccountReadsFewExtractsAtTheSameTime holds some up and asks for one more.
func TestAnAccountReadsFewExtractsAtTheSameTime(t *testing.T) {
	at, goOn := make(chan struct{}), make(chan struct{})
	server := extracts(t, 1, func(r book.Reader) book.Reader {
		return disturbed{r, func(uint64) error {
			select {
			case at <- struct{}{}:
				<-goOn
			case <-goOn:
			}
			return nil
		}}
	})
	done := make(chan int, extractsMax)
	for range extractsMax {
		go func() {
			response, err := http.Get(server.URL + allDays)
			if err != nil {
				done <- 0
				return
			}
			response.Body.Close()
			done <- response.StatusCode
		}()
		<-at
	}
	response, body, _ := fetch(t, server.URL+allDays)
	if response.StatusCode != http.StatusTooManyRequests || response.Header.Get("Retry-After") == "" {
		t.Errorf("one too many: %s %s", response.Status, body)
	}
	close(goOn)
	for range extractsMax {
		if status := <-done; status != http.StatusOK {
			t.Errorf("status %d", status)
		}
	}
	if response, body, _ := fetch(t, server.URL+allDays); response.StatusCode != http.StatusOK {
		t.Errorf("afterwards: %s %s", response.Status, body)
	}
}
