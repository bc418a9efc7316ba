package httpapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/webhook"
	"github.com/saldo-pix/saldo/wire"
)

// resendsMax is how many resends an account has a minute (contract §7.6).
const resendsMax = 60

// resendRequest is the optional body of POST /api/resend-webhook/….
type resendRequest struct {
	URL *string `json:"url"`
}

// resendResponse tells that the target took it. StatusCode is the target's.
type resendResponse struct {
	Message      string `json:"message"`
	WebhookLogID string `json:"webhookLogId"`
	SentAt       string `json:"sentAt"`
	StatusCode   int    `json:"statusCode"`
}

// resendWebhook is POST /api/resend-webhook/{transactionIdentifier}: the notice of
// a transaction once more, now, to its webhook or to a URL of this once.
func (s *Server) resendWebhook(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	if wait := s.resends.take(who.Account, s.Now()); wait > 0 {
		return &wire.Problem{
			Status: http.StatusTooManyRequests, Code: "TOO_MANY_REQUESTS",
			Message:     fmt.Sprintf("at most %d resends a minute", resendsMax),
			UserMessage: "Muitas solicitações. Tente novamente em instantes.", RetryAfter: wait,
		}
	}
	url, err := s.readResend(w, r)
	if err != nil {
		return err
	}
	m, err := s.findResendable(r.Context(), who, r.PathValue("transactionIdentifier"))
	if err != nil {
		return err
	}
	sent, err := s.Webhooks.Resend(r.Context(), m, url)
	if errors.Is(err, pix.ErrNoWebhook) {
		return &wire.Problem{
			Status: http.StatusBadRequest, Code: "WEBHOOK_NOT_CONFIGURED",
			Message:     "no webhook is configured for this type of transaction, and no url was given",
			UserMessage: "Nenhum webhook configurado para este tipo de operação.",
		}
	}
	if err != nil {
		return err
	}
	if sent.Delivered() {
		return wire.Write(w, http.StatusOK, resendResponse{
			"Webhook reenviado com sucesso", strconv.FormatUint(sent.ID, 10), wire.Timestamp(sent.At), sent.Status,
		})
	}
	return notDelivered(sent, url != "")
}

// readResend reads the URL of this once; empty if there is none.
func (s *Server) readResend(w http.ResponseWriter, r *http.Request) (string, error) {
	raw, err := wire.Body(w, r, wire.BodyMax)
	if err != nil && !errors.Is(err, io.EOF) || len(raw) == 0 {
		return "", err
	}
	var request resendRequest
	if err := wire.Unmarshal(raw, &request); err != nil || request.URL == nil {
		return "", err
	}
	var f wire.Fields
	url := readTarget(&f, s.Webhooks.Policy(), request.URL)
	return url, f.Err()
}

// findResendable finds a transaction by its number, externalId or end-to-end id.
func (s *Server) findResendable(ctx context.Context, who auth.Identity, id string) (pix.Movement, error) {
	m, err := s.findMovement(ctx, who, id)
	if !errors.Is(err, pix.ErrNotFound) {
		return m, err
	}
	for _, space := range []pix.Space{
		pix.SpaceEndToEndIn, pix.SpaceEndToEndOut, pix.SpaceReturnID, pix.SpaceReturnIn,
	} {
		target, err := s.Reader.Lookup(ctx, pix.Key{Space: space, Value: id})
		switch {
		case errors.Is(err, pix.ErrNotFound) || err == nil && target.Account != who.Account:
			continue
		case err != nil:
			return pix.Movement{}, err
		}
		return s.Reader.Movement(ctx, pix.MovementID(target.ID))
	}
	return pix.Movement{}, pix.ErrNotFound
}

// notDelivered tells why a resend failed (contract §7.6).
func notDelivered(sent webhook.Resent, once bool) error {
	told := map[string]any{"webhookLogId": strconv.FormatUint(sent.ID, 10), "sentAt": wire.Timestamp(sent.At)}
	details := map[string]any{"reason": sent.Reason(), "targetStatusCode": nil}
	if sent.Status != 0 {
		details["targetStatusCode"] = sent.Status
	}
	for name, value := range told {
		details[name] = value
	}
	p := &wire.Problem{
		Status: http.StatusBadGateway, Code: "WEBHOOK_NOT_DELIVERED",
		Message:     "webhook not delivered: " + sent.Reason(),
		UserMessage: "O destino não aceitou o webhook.", Details: details, Also: told,
	}
	switch {
	case once && errors.Is(sent.Err, webhook.ErrAddress):
		p.Status, p.Code = http.StatusBadRequest, "INVALID_REQUEST"
		p.Message = "url must not lead into a private network"
		p.UserMessage = "Dados inválidos: verifique o campo url."
	case sent.TimedOut():
		p.Status, p.Code = http.StatusGatewayTimeout, "WEBHOOK_TIMEOUT"
		p.UserMessage = "O destino não respondeu a tempo."
	}
	return p
}
