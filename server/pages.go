package server

import (
	"net/http"
	"strings"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/console"
	"github.com/saldo-pix/saldo/dashboard"
	"github.com/saldo-pix/saldo/httpapi"
	"github.com/saldo-pix/saldo/operator"
	"github.com/saldo-pix/saldo/page"
)

// pages are the merchants' pages, which ask the API within this process.
func (s *Server) pages(public *httpapi.Server) (http.Handler, error) {
	pages, err := dashboard.New(dashboard.Config{
		API: public.Handler(), As: httpapi.As, SignIn: public.SignIn, Recall: public.Recall,
		Brands: s.Brands, Book: s.Book, Reader: s.Store, NewSecret: s.newSecret, Now: s.Now, Log: s.Log,
	})
	if err != nil {
		return nil, err
	}
	return pages.Handler(), nil
}

// consolePages are the institution's own pages, which ask the operator's API within
// this process.
func (s *Server) consolePages(house *operator.Server, token auth.OperatorToken) (http.Handler, error) {
	pages, err := console.New(console.Config{
		API: house.Handler(), As: operator.As, Token: token,
		Brands: s.Brands, Book: s.Book, Reader: s.Store, NewSecret: s.newSecret, Now: s.Now, Log: s.Log,
	})
	if err != nil {
		return nil, err
	}
	return pages.Handler(), nil
}

// withPages serves pages beside an API.
func withPages(pages, api http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if rest, below := strings.CutPrefix(r.URL.Path, page.Base); below && (rest == "" || rest[0] == '/') {
			pages.ServeHTTP(w, r)
			return
		}
		api.ServeHTTP(w, r)
	})
}

func (s *Server) newSecret() (string, error) {
	secret, err := auth.NewSecret(s.Rand)
	return string(secret), err
}
