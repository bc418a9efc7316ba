package dashboard

import (
	"net/http"
	"slices"

	"github.com/saldo-pix/saldo/page"
)

// carriers are the kinds of channel that the pages know. The API says which of them
// are there.
var carriers = []string{"email", "webhook", "slack", "telegram", "discord", "googlechat"}

func channelKinds(l *page.Lang) []page.Choice {
	kinds := make([]page.Choice, len(carriers))
	for i, kind := range carriers {
		kinds[i] = page.Choice{Value: kind, Label: l.T("alert.channel." + kind)}
	}
	return kinds
}

// channelBody sets a channel.
type channelBody struct {
	Name   *string `json:"name,omitempty"`
	Kind   string  `json:"kind"`
	Target *string `json:"target,omitempty"`
	// DailyReport has the report of every day told as well.
	DailyReport bool `json:"dailyReport,omitempty"`
}

// channelFields are the fields of the form, in their order.
var channelFields = []string{"target", "name", "dailyReport"}

func newChannelBody(f *page.Form, kind string) channelBody {
	return channelBody{f.Optional("name"), kind, f.Optional("target"), f.Has("dailyReport", "yes")}
}

// channelForm is the page that creates or changes a channel.
type channelForm struct {
	Form   *page.Form
	ID     string // empty of a new one
	Kind   string
	Target bool   // whether the kind has a target
	Shown  string // what may be seen of the target that is set
	Email  bool
}

func newChannelForm(f *page.Form, id, kind, shown string) channelForm {
	return channelForm{f, id, kind, kind != "webhook", shown, kind == "email"}
}

func channelTitle(l *page.Lang, v channelForm) string {
	kind := l.T("alert.channel." + v.Kind)
	if v.ID == "" {
		return l.T("alert.channel.new", kind)
	}
	return l.T("alert.channel.change", kind)
}

// newChannel is GET /alerts/channels/new?kind=.
func (d *Dashboard) newChannel(c *page.Call) error {
	kind := c.Query("kind")
	if !slices.Contains(carriers, kind) {
		return page.ErrNotFound
	}
	v := newChannelForm(page.BlankForm(c, channelFields...), "", kind, "")
	return c.Render("alert-channel", channelTitle(c.Lang, v), v)
}

// changeChannel is GET /alerts/channels/{id}. What is secret is not shown: a target is
// typed again to be changed.
func (d *Dashboard) changeChannel(c *page.Call) error {
	v, err := channelOf(c, page.BlankForm(c, channelFields...))
	if err != nil {
		return err
	}
	return c.Render("alert-channel", channelTitle(c.Lang, v), v)
}

// channelOf is the page of the channel that the address names.
func channelOf(c *page.Call, f *page.Form) (channelForm, error) {
	var channel channelView
	if err := c.Get(page.Path("/api/alerts/channels/%s", c.R.PathValue("id")), nil, &channel); err != nil {
		return channelForm{}, err
	}
	if f.Empty() {
		f.Set("name", channel.Name)
		if channel.DailyReport {
			f.Set("dailyReport", "yes")
		}
	}
	return newChannelForm(f, channel.ID, channel.Kind, channel.Target), nil
}

// createChannel is POST /alerts/channels.
func (d *Dashboard) createChannel(c *page.Call) error {
	f, kind := page.TypedForm(c, channelFields...), c.Form("kind")
	if !slices.Contains(carriers, kind) {
		return page.ErrNotFound
	}
	body := newChannelBody(f, kind)
	err := c.Send(http.MethodPost, "/api/alerts/channels", body, nil)
	if err == nil {
		return c.Done("/alerts", "alert.channel.created")
	}
	v := newChannelForm(f, "", kind, "")
	return f.Show(c, err, "alert-channel", channelTitle(c.Lang, v), v)
}

// replaceChannel is POST /alerts/channels/{id}.
func (d *Dashboard) replaceChannel(c *page.Call) error {
	f := page.TypedForm(c, channelFields...)
	v, err := channelOf(c, f)
	if err != nil {
		return err
	}
	body := newChannelBody(f, v.Kind)
	err = c.Send(http.MethodPut, page.Path("/api/alerts/channels/%s", v.ID), body, nil)
	if err == nil {
		return c.Done("/alerts", "alert.channel.changed")
	}
	return f.Show(c, err, "alert-channel", channelTitle(c.Lang, v), v)
}

// deleteChannel is POST /alerts/channels/{id}/delete.
func (d *Dashboard) deleteChannel(c *page.Call) error {
	path := page.Path("/api/alerts/channels/%s", c.R.PathValue("id"))
	if err := c.Send(http.MethodDelete, path, nil, nil); err != nil {
		return err
	}
	return c.Done("/alerts", "alert.channel.deleted")
}

// testedView tells what became of a test message.
type testedView struct {
	Channel   string
	Delivered bool   `json:"delivered"`
	Error     string `json:"error"` // in English
}

// testChannel is POST /alerts/channels/{id}/test: a message now, and what became of it.
func (d *Dashboard) testChannel(c *page.Call) error {
	var channel channelView
	path := page.Path("/api/alerts/channels/%s", c.R.PathValue("id"))
	if err := c.Get(path, nil, &channel); err != nil {
		return err
	}
	v := testedView{Channel: channelLabel(c.Lang, channel)}
	if err := c.Send(http.MethodPost, path+"/test", nil, &v); err != nil {
		return err
	}
	return c.Render("alert-tested", c.Lang.T("alert.test.title"), v)
}
