package bench

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/server"
)

// handWritten is the yardstick of PostgreSQL: the same work as people write it
// without a ledger, with a transaction for each request that locks the account's
// row. It does that well, but does less than Saldo: see docs/performance.md.
type handWritten struct {
	address string
	books   *plainBooks
	owners  map[string]ledger.AccountID // by token
	server  *http.Server
	served  chan error
}

// startHandWritten makes the tables in an empty database, and fills them with the
// payers' accounts.
func startHandWritten(ctx context.Context, url string, payers []payer) (*handWritten, error) {
	books, err := openPlainBooks(ctx, url, payers)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		books.pool.Close()
		return nil, err
	}
	w := &handWritten{
		address: listener.Addr().String(), books: books, served: make(chan error, 1),
		owners: make(map[string]ledger.AccountID),
	}
	for _, p := range payers {
		w.owners[p.token] = p.account
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+balancePath, w.adapt(w.balance))
	mux.HandleFunc("POST "+cashOutPath, w.adapt(w.cashOut))
	mux.HandleFunc("POST "+eventsPath, w.adapt(w.event))
	w.server = server.NewHTTP(mux, slog.New(slog.DiscardHandler))
	go func() { w.served <- w.server.Serve(listener) }()
	return w, nil
}

func (w *handWritten) stop() error {
	err := w.server.Close()
	if served := <-w.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	w.books.pool.Close()
	return err
}

func (w *handWritten) check(ctx context.Context, payments int64) error {
	return w.books.check(ctx, payments)
}

var (
	errToken = errors.New("no such token")
	errBody  = errors.New("request is not as it must be")
)

// adapt answers what a handler returns.
func (w *handWritten) adapt(handle func(*http.Request) (int, any, error)) http.HandlerFunc {
	return func(out http.ResponseWriter, r *http.Request) {
		status, result, err := handle(r)
		if err != nil {
			http.Error(out, err.Error(), statusOf(err))
			return
		}
		body, err := json.Marshal(result)
		if err != nil {
			http.Error(out, err.Error(), http.StatusInternalServerError)
			return
		}
		answer(out, status, body)
	}
}

func statusOf(err error) int {
	switch {
	case errors.Is(err, errToken):
		return http.StatusUnauthorized
	case errors.Is(err, errBody):
		return http.StatusBadRequest
	case errors.Is(err, errNoPayment):
		return http.StatusNotFound
	case errors.Is(err, errRepeated), errors.Is(err, errSettled):
		return http.StatusConflict
	case errors.Is(err, errFunds):
		return http.StatusUnprocessableEntity
	}
	return http.StatusInternalServerError
}

func bearer(r *http.Request) string {
	return strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
}

func (w *handWritten) owner(r *http.Request) (ledger.AccountID, error) {
	id, ok := w.owners[bearer(r)]
	if !ok {
		return 0, errToken
	}
	return id, nil
}

// clock is how the API writes times.
const clock = "2006-01-02T15:04:05.000Z"

func (w *handWritten) balance(r *http.Request) (int, any, error) {
	account, err := w.owner(r)
	if err != nil {
		return 0, nil, err
	}
	posted, held, err := w.books.balance(r.Context(), account)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, struct {
		Gross   money.Centavos `json:"grossBalance"`
		Blocked money.Centavos `json:"blockedBalance"`
		Net     money.Centavos `json:"netBalance"`
		At      string         `json:"consultedAt"`
	}{posted, held, posted - held, time.Now().UTC().Format(clock)}, nil
}

func (w *handWritten) cashOut(r *http.Request) (int, any, error) {
	account, err := w.owner(r)
	if err != nil {
		return 0, nil, err
	}
	var asked struct {
		Value       json.RawMessage `json:"value"`
		ExternalID  string          `json:"externalId"`
		Description string          `json:"description"`
		Details     struct {
			Key      string `json:"key"`
			Name     string `json:"name"`
			Document string `json:"document"`
		} `json:"details"`
	}
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		return 0, nil, errBody
	}
	value, err := money.ParseJSON(asked.Value)
	if err != nil || value <= 0 || asked.ExternalID == "" {
		return 0, nil, errBody
	}
	id, at, err := w.books.place(r.Context(), plainPayment{
		account: account, externalID: asked.ExternalID, amount: value, fee: fee, description: asked.Description,
		key: asked.Details.Key, name: asked.Details.Name, document: asked.Details.Document,
	})
	if err != nil {
		return 0, nil, err
	}
	return http.StatusCreated, struct {
		ID         string `json:"transactionId"`
		ExternalID string `json:"externalId"`
		Status     string `json:"status"`
		At         string `json:"generateTime"`
	}{strconv.FormatInt(id, 10), asked.ExternalID, "PENDING", at.UTC().Format(clock)}, nil
}

func (w *handWritten) event(r *http.Request) (int, any, error) {
	if bearer(r) != operatorToken {
		return 0, nil, errToken
	}
	var event struct {
		ID            string `json:"id"`
		Type          string `json:"type"`
		TransactionID string `json:"transactionId"`
	}
	if err := json.NewDecoder(r.Body).Decode(&event); err != nil || event.Type != settledEvent {
		return 0, nil, errBody
	}
	id, err := strconv.ParseInt(event.TransactionID, 10, 64)
	if err != nil {
		return 0, nil, errBody
	}
	if err := w.books.settle(r.Context(), id); err != nil {
		return 0, nil, err
	}
	return http.StatusOK, struct {
		ID     string `json:"id"`
		Result string `json:"result"`
	}{event.ID, "applied"}, nil
}
