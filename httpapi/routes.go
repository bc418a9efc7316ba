package httpapi

import (
	"net/http"

	"github.com/saldo-pix/saldo/wire"
)

// routes is the map of the public API.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()

	mux.HandleFunc("POST /api/auth/token", s.respond.Handle(s.issueToken))
	mux.HandleFunc("POST /oauth/token", s.respond.Handle(s.issueOAuthToken))

	mux.HandleFunc("GET /api/balance", s.signedIn(s.balance))
	mux.HandleFunc("GET /accounts/balances", s.scoped("balance:read", s.bacenBalances))

	mux.HandleFunc("POST /api/pix/cash-in", s.signedIn(s.cashIn))
	mux.HandleFunc("POST /api/pix/cash-out", s.signedIn(s.cashOut))
	mux.HandleFunc("GET /api/pix/transaction/{id}", s.signedIn(s.transaction))

	mux.HandleFunc("GET /healthz", s.healthz)
	mux.HandleFunc("/", s.respond.Handle(s.nothingHere))
	return mux
}

func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) {
	wire.WriteRaw(w, http.StatusOK, []byte(`{"status":"ok"}`))
}

// nothingHere answers for paths that are not of the API, and for methods that a
// path does not have.
func (s *Server) nothingHere(_ http.ResponseWriter, r *http.Request) error {
	return &wire.Problem{
		Status: http.StatusNotFound, Code: "NOT_FOUND", Message: "no " + r.Method + " on this path",
		UserMessage: "Recurso não encontrado.",
	}
}
