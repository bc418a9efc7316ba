package httpapi

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/wire"
)

// privately forbids shared caches to keep an answer, and others to use it
// unasked.
var privately = []string{"private, no-cache"}

// balance is GET /api/balance (contract §3): gross, blocked and net, in reais,
// from one snapshot that reflects every operation answered before. With at it is
// the balance as of then. Other parameters are ignored.
func (s *Server) balance(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	if r.URL.RawQuery != "" && wants(r, "at") {
		return s.balanceAt(w, r, who)
	}
	at := s.Now()
	account, err := s.Reader.Account(r.Context(), who.Account)
	if err != nil {
		return ownAccount(err)
	}
	tag := balanceTag(&account)
	h := w.Header()
	h["Cache-Control"], h["Etag"] = privately, []string{tag}
	if known := r.Header["If-None-Match"]; len(known) > 0 && names(known, tag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	wire.WriteRaw(w, http.StatusOK, appendBalance(make([]byte, 0, 160), account.Balance, at))
	return nil
}

// balanceAt is GET /api/balance?at=.
func (s *Server) balanceAt(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	now := s.Now()
	in := wire.NewQuery(r)
	at, _ := in.Instant("at", nil)
	if at.After(now) {
		in.Refuse("at", "must not be in the future")
	}
	if err := in.Err(); err != nil {
		return err
	}
	balance, err := s.Reader.BalanceAt(r.Context(), who.Account, at)
	if err != nil {
		return ownAccount(err)
	}
	w.Header()["Cache-Control"] = privately
	wire.WriteRaw(w, http.StatusOK, appendBalance(make([]byte, 0, 160), balance, now))
	return nil
}

// wants tells whether a request has a parameter. One whose query can't be read has
// none: the balance is told whatever comes with the question.
func wants(r *http.Request, name string) bool {
	values, err := url.ParseQuery(r.URL.RawQuery)
	return err == nil && slices.ContainsFunc(values[name], func(text string) bool { return text != "" })
}

// appendBalance appends the four fields of a balance (contract §3).
func appendBalance(b []byte, balance ledger.Balance, consulted time.Time) []byte {
	b = append(b, `{"grossBalance":`...)
	b = balance.Posted.Append(b)
	b = append(b, `,"blockedBalance":`...)
	b = balance.Held.Append(b)
	b = append(b, `,"netBalance":`...)
	b = balance.Available().Append(b)
	b = append(b, `,"consultedAt":"`...)
	return append(wire.AppendTimestamp(b, consulted), `"}`...)
}

// balanceTag is the entity tag of a balance: whatever changes it is an entry, and
// they are numbered.
func balanceTag(a *ledger.Account) string {
	b := append(make([]byte, 0, 40), '"')
	b = strconv.AppendUint(b, uint64(a.ID), 10)
	b = append(b, '-')
	b = strconv.AppendUint(b, a.Entries, 10)
	return string(append(b, '"'))
}

// names tells whether an If-None-Match names a tag (RFC 9110 §13.1.2).
func names(known []string, tag string) bool {
	for _, line := range known {
		for each := range strings.SplitSeq(line, ",") {
			each = strings.TrimSpace(each)
			if each == "*" || strings.TrimPrefix(each, "W/") == tag {
				return true
			}
		}
	}
	return false
}

// bacenBalances is GET /accounts/balances (contract §9.5). The overdraft is
// always 0.
func (s *Server) bacenBalances(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	at := s.Now()
	account, err := s.Reader.Account(r.Context(), who.Account)
	if err != nil {
		return ownAccount(err)
	}
	b := append(make([]byte, 0, 160), `{"data":[{"eventDate":"`...)
	b = wire.AppendTimestamp(b, at)
	b = append(b, `","balanceAmount":{"available":`...)
	b = account.Available().Append(b)
	b = append(b, `,"blocked":`...)
	b = account.Held.Append(b)
	b = append(b, `,"overdraft":0}}]}`...)
	w.Header()["Cache-Control"] = privately
	wire.WriteRaw(w, http.StatusOK, b)
	return nil
}

// ownAccount makes an error of a token whose account is not there.
func ownAccount(err error) error {
	if err == ledger.ErrAccountNotFound {
		return auth.ErrTokenInvalid
	}
	return err
}
