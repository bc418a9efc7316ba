package operator

import (
	"net/http"
	"strconv"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/wire"
)

// page is one page of a list. Next is the after of the following page, null on
// the last.
type page[T any] struct {
	Data []T     `json:"data"`
	Next *string `json:"next"`
}

func newPage[T any](size int) page[T] { return page[T]{Data: make([]T, 0, size)} }

const (
	pageDefault = 100
	pageMax     = 1_000
)

// paging reads after and limit of a list.
func paging(r *http.Request) (after uint64, limit int, err error) {
	query := r.URL.Query()
	if text := query.Get("after"); text != "" {
		if after, err = strconv.ParseUint(text, 10, 64); err != nil {
			return 0, 0, wire.Invalid("after", "must be the next of the page before")
		}
	}
	limit = pageDefault
	if text := query.Get("limit"); text != "" {
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > pageMax {
			return 0, 0, wire.Invalid("limit", "must be between 1 and 1000")
		}
	}
	return after, limit, nil
}

// customer reads the account of the path, which must be there.
func (s *Server) customer(r *http.Request) (ledger.AccountID, error) {
	id, err := pathAccount(r)
	if err != nil {
		return 0, err
	}
	_, err = s.Reader.Profile(r.Context(), id)
	return id, err
}

// pathAccount reads the account of the path.
func pathAccount(r *http.Request) (ledger.AccountID, error) {
	id, err := ledger.ParseAccountID(r.PathValue("id"))
	if err != nil {
		return 0, ledger.ErrAccountNotFound
	}
	return id, nil
}
