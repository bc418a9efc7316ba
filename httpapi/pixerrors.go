package httpapi

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/wire"
)

// translateCharge is the table of what may be wrong with a charge.
func translateCharge(err error) *wire.Problem {
	var life *pix.LifeError
	var splits *pix.SplitsError
	switch {
	case errors.As(err, &life) && life.TooLong:
		return wire.Invalid("expirationTime", fmt.Sprintf("must be at most %d", life.MaxSeconds))
	case errors.As(err, &life):
		return &wire.Problem{
			Status: http.StatusBadRequest, Code: "PIX_PROVIDER_EXPIRATION_BELOW_MINIMUM",
			ErrorCode: "PROVIDER_EXPIRATION_BELOW_MINIMUM", Message: life.Error(),
			UserMessage: fmt.Sprintf("O tempo de expiração mínimo é de %d segundos.", life.MinSeconds),
			Details: map[string]any{
				"provider": life.Name, "providerMinSeconds": life.MinSeconds, "granularity": life.Granularity(),
				"userExpirationTime": life.Asked,
			},
		}
	case errors.As(err, &splits):
		return wire.Invalid(splits.Field, splits.Reason)
	case errors.Is(err, pix.ErrForeignKey):
		return wire.Invalid("chave", "is not a key of this account")
	}
	return nil
}

// translatePayment is the table of what may be wrong with a payment besides its
// money.
func translatePayment(err error) *wire.Problem {
	var amount *pix.CodeAmountError
	var net *pix.NetBalanceError
	unprocessable := func(code, userMessage string) *wire.Problem {
		return &wire.Problem{
			Status: http.StatusUnprocessableEntity, Code: code, Message: err.Error(), UserMessage: userMessage,
		}
	}
	switch {
	case errors.As(err, &net):
		return balanceChanged(net)
	case errors.As(err, &amount):
		return &wire.Problem{
			Status: http.StatusBadRequest, Code: "QR_CODE_VALUE_MISMATCH", Message: "valor inválido: " + amount.Error(),
			UserMessage: "O valor não é o do QR Code.",
			Details:     map[string]any{"qrCodeValue": amount.Asked, "value": amount.Paid},
		}
	case errors.Is(err, pix.ErrChargePaid), errors.Is(err, pix.ErrChargeFailed):
		p := invalidQRCode("can't be paid: " + err.Error())
		p.UserMessage = "Esta cobrança não pode mais ser paga."
		return p
	case errors.Is(err, pix.ErrChargeExpired):
		p := invalidQRCode("can't be paid: prazo excedido: " + err.Error())
		p.UserMessage = "Esta cobrança expirou."
		return p
	case errors.Is(err, pix.ErrIdempotency):
		return unprocessable("IDEMPOTENCY_KEY_REUSED", "Esta chave de idempotência já foi usada em outra operação.")
	case errors.Is(err, pix.ErrBankDenied):
		return unprocessable("BANK_DENIED", "O banco do recebedor foi recusado.")
	}
	return nil
}
