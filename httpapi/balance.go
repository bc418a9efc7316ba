package httpapi

import (
	"net/http"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/wire"
)

// privately forbids shared caches to keep an answer, and others to use it
// unasked.
var privately = []string{"private, no-cache"}

// balance is GET /api/balance (contract §3): gross, blocked and net, in reais,
// from one snapshot that reflects every operation answered before.
func (s *Server) balance(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	at := s.Now()
	account, err := s.Reader.Account(r.Context(), who.Account)
	if err != nil {
		return ownAccount(err)
	}
	b := make([]byte, 0, 160)
	b = append(b, `{"grossBalance":`...)
	b = account.Posted.Append(b)
	b = append(b, `,"blockedBalance":`...)
	b = account.Held.Append(b)
	b = append(b, `,"netBalance":`...)
	b = account.Available().Append(b)
	b = append(b, `,"consultedAt":"`...)
	b = append(wire.AppendTimestamp(b, at), `"}`...)
	w.Header()["Cache-Control"] = privately
	wire.WriteRaw(w, http.StatusOK, b)
	return nil
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
