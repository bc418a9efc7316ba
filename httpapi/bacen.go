package httpapi

import (
	"net/http"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/wire"
)

// bacen is scoped for accounts that the Bacen family is open to (contract §9.1).
func (s *Server) bacen(scope string, h handler) http.HandlerFunc {
	return s.scoped(scope, func(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
		profile, err := s.Reader.Profile(r.Context(), who.Account)
		switch {
		case err != nil:
			return ownAccount(err)
		case profile.Settings.NoBacen:
			return &wire.Problem{
				Status: http.StatusForbidden, Code: "BACEN_NOT_ACTIVE",
				Message:     "the Bacen family is not active for this account",
				UserMessage: "A API PIX Bacen não está ativa para esta conta.",
			}
		}
		return h(w, r, who)
	})
}
