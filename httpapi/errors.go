package httpapi

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/wire"
)

// translate is the table of what the core's errors are on the wire.
func translate(err error) *wire.Problem {
	var short *ledger.InsufficientFundsError
	var duplicate *pix.DuplicateError
	switch {
	case errors.As(err, &short):
		return insufficient(short)
	case errors.As(err, &duplicate):
		return &wire.Problem{
			Status: http.StatusConflict, Code: duplicateCode(duplicate), Message: duplicate.Error(),
			UserMessage: "Este identificador já foi usado.", Details: duplicateDetails(duplicate),
		}
	case errors.Is(err, pix.ErrScenario):
		return wire.Invalid("X-Sandbox-Scenario", "is for sandbox accounts only")
	case errors.Is(err, pix.ErrAmountTooLarge), errors.Is(err, ledger.ErrAmountNotPositive):
		var f wire.Fields
		f.RefuseAmount("value", "is out of range")
		return f.Problem()
	case errors.Is(err, book.ErrTooManyChanges):
		return wire.Invalid("from", fmt.Sprintf("is too early: more than %d changes come before to", historyChangesMax))
	case errors.Is(err, pix.ErrNotFound):
		return &wire.Problem{
			Status: http.StatusNotFound, Code: "NOT_FOUND", Message: "no such transaction",
			UserMessage: "Transação não encontrada.",
		}
	}
	for _, table := range []func(error) *wire.Problem{
		translateCharge, translatePayment, translateReturn, translateAuth, translateWatch,
		translateAlert, translateReconcile,
	} {
		if p := table(err); p != nil {
			return p
		}
	}
	return wire.Unavailable(err)
}

func duplicateCode(e *pix.DuplicateError) string {
	if e.Field == "txid" {
		return "DUPLICATE_TXID"
	}
	return "DUPLICATE_EXTERNAL_ID"
}

// duplicateDetails names the first transaction unless it is another account's.
func duplicateDetails(e *pix.DuplicateError) map[string]any {
	details := map[string]any{"field": e.Field}
	if e.First != 0 {
		details["transactionId"] = e.First.String()
	}
	return details
}

func insufficient(e *ledger.InsufficientFundsError) *wire.Problem {
	return &wire.Problem{
		Status: http.StatusBadRequest, Code: "INSUFFICIENT_BALANCE",
		Message:     fmt.Sprintf("saldo insuficiente: net %s, needed %s", e.Available, e.Wanted),
		UserMessage: "Saldo insuficiente para esta operação.",
		Details:     map[string]any{"netBalance": e.Available, "required": e.Wanted},
	}
}

// translateAuth is the table of contract §2.2 and §2.4, with the challenges of
// RFC 6750 §3.
func translateAuth(err error) *wire.Problem {
	unauthorized := func(code, message, challenge string) *wire.Problem {
		return &wire.Problem{
			Status: http.StatusUnauthorized, Code: code, Message: message,
			UserMessage: "Não autorizado. Autentique-se novamente.", Challenge: challenge,
		}
	}
	const invalid = `Bearer error="invalid_token"`
	switch {
	case errors.Is(err, auth.ErrCertificateUnbound):
		return &wire.Problem{
			Status: http.StatusForbidden, Code: "CERTIFICATE_UNBOUND",
			Message: "certificado não vinculado a nenhuma conta", UserMessage: "Certificado não autorizado.",
		}
	case errors.Is(err, auth.ErrBadCredentials), errors.Is(err, auth.ErrCertificateMismatch),
		errors.Is(err, auth.ErrCertificateExpired), errors.Is(err, auth.ErrCertificateEarly):
		return unauthorized("INVALID_CREDENTIALS", "credenciais ou certificado inválidos", "Bearer")
	case errors.Is(err, auth.ErrTokenMissing):
		return unauthorized("TOKEN_MISSING", "token não informado ou inválido", "Bearer")
	case errors.Is(err, auth.ErrTokenExpired):
		return unauthorized("TOKEN_EXPIRED", "token não informado ou inválido: expirado",
			invalid+`, error_description="expired"`)
	case errors.Is(err, auth.ErrTokenUnproved):
		return unauthorized("TOKEN_INVALID", "token não informado ou inválido: vinculado a outro certificado",
			invalid+`, error_description="bound to another certificate"`)
	case errors.Is(err, auth.ErrUnauthorized):
		return unauthorized("TOKEN_INVALID", "token não informado ou inválido", invalid)
	}
	return nil
}
