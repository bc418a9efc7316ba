package operator

import (
	"errors"
	"net/http"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/brand"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/wire"
)

// translate is the table of what the core's errors are on the wire.
func translate(err error) *wire.Problem {
	var short *ledger.InsufficientFundsError
	if errors.As(err, &short) {
		p := conflict("INSUFFICIENT_BALANCE", short)
		p.Details = map[string]any{"netBalance": short.Available, "required": short.Wanted}
		return p
	}
	for _, row := range []struct {
		is     error
		status int
		code   string
	}{
		{ledger.ErrAccountNotFound, http.StatusNotFound, "ACCOUNT_NOT_FOUND"},
		{ledger.ErrHoldNotFound, http.StatusNotFound, "HOLD_NOT_FOUND"},
		{brand.ErrUnknown, http.StatusNotFound, "BRAND_NOT_FOUND"},
		{auth.ErrCertificateUnbound, http.StatusNotFound, "CERTIFICATE_NOT_FOUND"},
		{auth.ErrNoCredential, http.StatusNotFound, "CREDENTIAL_NOT_FOUND"},
		{pix.ErrNoWebhook, http.StatusNotFound, "WEBHOOK_NOT_FOUND"},
		{pix.ErrNotFound, http.StatusNotFound, "NOT_FOUND"},
		{ledger.ErrHoldClosed, http.StatusConflict, "HOLD_CLOSED"},
		{ledger.ErrHoldTooSmall, http.StatusConflict, "HOLD_TOO_SMALL"},
		{pix.ErrCaseConflict, http.StatusConflict, "CASE_CONFLICT"},
		{pix.ErrMEDHold, http.StatusConflict, "MED_HOLD"},
		{pix.ErrResolved, http.StatusConflict, "SUSPENSE_RESOLVED"},
		{pix.ErrStillUnfit, http.StatusConflict, "STILL_UNFIT"},
		{pix.ErrInSuspense, http.StatusConflict, "MONEY_IN_SUSPENSE"},
		{pix.ErrNoneCameIn, http.StatusConflict, "NO_MONEY_IN_SUSPENSE"},
		{pix.ErrNoneWentOut, http.StatusConflict, "NO_MONEY_IN_SUSPENSE"},
		{pix.ErrNotInSuspense, http.StatusConflict, "NO_MONEY_IN_SUSPENSE"},
		{errUnreadable, http.StatusConflict, "EVENT_UNREADABLE"},
		{pix.ErrPixKeyTaken, http.StatusConflict, "PIX_KEY_TAKEN"},
		{pix.ErrTooManyPixKeys, http.StatusConflict, "TOO_MANY_PIX_KEYS"},
		{auth.ErrCertificateTaken, http.StatusConflict, "CERTIFICATE_TAKEN"},
		{ledger.ErrAmountNotPositive, http.StatusBadRequest, "INVALID_AMOUNT"},
		{auth.ErrCertificateMalformed, http.StatusBadRequest, "INVALID_CERTIFICATE"},
		{auth.ErrCertificateExpired, http.StatusBadRequest, "INVALID_CERTIFICATE"},
		{auth.ErrCertificateEarly, http.StatusBadRequest, "INVALID_CERTIFICATE"},
	} {
		if errors.Is(err, row.is) {
			return &wire.Problem{
				Status: row.status, Code: row.code, Message: err.Error(), UserMessage: "Operação não realizada.",
			}
		}
	}
	return wire.Unavailable(err)
}

func conflict(code string, err error) *wire.Problem {
	return &wire.Problem{
		Status: http.StatusConflict, Code: code, Message: err.Error(), UserMessage: "Operação não realizada.",
	}
}
