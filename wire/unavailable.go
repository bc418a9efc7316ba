package wire

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/saldo-pix/saldo/book"
)

// Unavailable is the problem of a server that can't take the request now, or
// nil. Nothing was done then, unless the code is UNKNOWN_OUTCOME.
func Unavailable(err error) *Problem {
	p := &Problem{
		Status: http.StatusServiceUnavailable, UserMessage: "Serviço indisponível. Tente novamente em instantes.",
		RetryAfter: time.Second,
	}
	switch {
	case errors.Is(err, book.ErrBusy):
		p.Code, p.Message = "BUSY", "too many requests in flight"
	case errors.Is(err, book.ErrStopped):
		p.Code, p.Message = "STOPPING", "the server is shutting down"
	case errors.Is(err, book.ErrOutcomeUnknown):
		p.Code, p.Message = "UNKNOWN_OUTCOME", "the request may have been done: look it up, or send the same again"
		p.UserMessage = "Não foi possível confirmar a operação. Consulte-a antes de tentar novamente."
	case errors.Is(err, book.ErrUnavailable):
		p.Code, p.Message = "UNAVAILABLE", "the books can't be reached"
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		p.Code, p.Message = "CANCELLED", "the request ended before its turn came"
	default:
		return nil
	}
	return p
}
