package httpapi

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/saldo-pix/saldo/alert"
	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/wire"
)

// alertTestsMax is how many test messages an account may send a minute.
const alertTestsMax = 10

// channelRequest is the body that sets a channel. Target is where it leads, as its
// kind has it; a webhook has none.
type channelRequest struct {
	Name   *string `json:"name"`
	Kind   *string `json:"kind"`
	Target *string `json:"target"`
	// DailyReport has the report of every day told as well.
	DailyReport bool `json:"dailyReport"`
}

// channelResponse is one channel. Target is shown without what is secret in it.
type channelResponse struct {
	ID          string  `json:"id"`
	Name        *string `json:"name"`
	Kind        string  `json:"kind"`
	Target      *string `json:"target"`
	DailyReport bool    `json:"dailyReport"`
	CreatedAt   string  `json:"createdAt"`
	UpdatedAt   string  `json:"updatedAt"`
}

func newChannelResponse(c pix.AlertChannel) channelResponse {
	return channelResponse{
		ID: formatID(c.ID), Name: wire.Optional(c.Name), Kind: c.Kind, Target: wire.Optional(c.Shown),
		DailyReport: c.DailyReport, CreatedAt: wire.Timestamp(c.CreatedAt), UpdatedAt: wire.Timestamp(c.UpdatedAt),
	}
}

// channelList is what GET /api/alerts/channels answers.
type channelList struct {
	Data []channelResponse `json:"data"`
}

// listChannels is GET /api/alerts/channels.
func (s *Server) listChannels(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	profile, err := s.Reader.Profile(r.Context(), who.Account)
	if err != nil {
		return ownAccount(err)
	}
	out := channelList{Data: []channelResponse{}}
	if a := profile.Settings.Alerts; a != nil {
		for _, c := range a.Channels {
			out.Data = append(out.Data, newChannelResponse(c))
		}
	}
	return wire.Write(w, http.StatusOK, out)
}

// showChannel is GET /api/alerts/channels/{id}.
func (s *Server) showChannel(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	profile, err := s.Reader.Profile(r.Context(), who.Account)
	if err != nil {
		return ownAccount(err)
	}
	c, ok := profile.Settings.Alerts.Channel(pathID(r))
	if !ok {
		return pix.ErrNoChannel
	}
	return wire.Write(w, http.StatusOK, newChannelResponse(c))
}

// createChannel is POST /api/alerts/channels.
func (s *Server) createChannel(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	return s.putChannel(w, r, who, 0, http.StatusCreated)
}

// replaceChannel is PUT /api/alerts/channels/{id}.
func (s *Server) replaceChannel(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	id := pathID(r)
	if id == 0 {
		return pix.ErrNoChannel
	}
	return s.putChannel(w, r, who, id, http.StatusOK)
}

func (s *Server) putChannel(
	w http.ResponseWriter, r *http.Request, who auth.Identity, id uint64, status int,
) error {
	var in channelRequest
	if err := wire.Decode(w, r, &in); err != nil {
		return err
	}
	var f wire.Fields
	channel := pix.AlertChannel{
		ID: id, Name: f.OptionalText("name", in.Name, alertNameMax),
		Kind: f.OneOf("kind", in.Kind, s.Alerts.Kinds()...), DailyReport: in.DailyReport,
	}
	if in.DailyReport && channel.Kind == pix.ChannelWebhook {
		f.Refuse("dailyReport", "must be false: webhooks are not told of reports")
	}
	target := f.OptionalText("target", in.Target, alert.TargetMax)
	if channel.Kind != "" {
		if err := s.Alerts.CheckTarget(channel.Kind, target); err != nil {
			f.Refuse("target", err.Error())
		}
	}
	if err := f.Err(); err != nil {
		return err
	}
	done, err := s.Alerts.Set(r.Context(), who.Account, channel, target)
	if err != nil {
		return ownAccount(err)
	}
	return wire.Write(w, status, newChannelResponse(done))
}

// deleteChannel is DELETE /api/alerts/channels/{id}. Rules that name it go on
// without it.
func (s *Server) deleteChannel(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	_, err := book.Do(r.Context(), s.Book, &pix.DeleteAlertChannel{Account: who.Account, ID: pathID(r)})
	if err != nil {
		return ownAccount(err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// channelTested tells what became of a test message.
type channelTested struct {
	Delivered bool    `json:"delivered"`
	Error     *string `json:"error"` // why it was not; null if it was
	SentAt    string  `json:"sentAt"`
}

// testChannel is POST /api/alerts/channels/{id}/test: a message that tells of
// nothing, now and once.
func (s *Server) testChannel(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	if wait := s.alertTests.take(who.Account, s.Now()); wait > 0 {
		return &wire.Problem{
			Status: http.StatusTooManyRequests, Code: "TOO_MANY_REQUESTS",
			Message:     fmt.Sprintf("at most %d test messages a minute", alertTestsMax),
			UserMessage: "Muitas solicitações. Tente novamente em instantes.", RetryAfter: wait,
		}
	}
	at := s.Now()
	reason, err := s.Alerts.Test(r.Context(), who.Account, pathID(r))
	if errors.Is(err, pix.ErrNoWebhook) {
		reason, err = "no webhook is set for balance_alert", nil
	}
	if err != nil {
		return ownAccount(err)
	}
	return wire.Write(w, http.StatusOK, channelTested{reason == "", wire.Optional(reason), wire.Timestamp(at)})
}
