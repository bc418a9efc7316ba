package console

import (
	"net/http"
	"net/url"
	"time"

	"github.com/saldo-pix/saldo/page"
)

// letter is a notice that was given up.
type letter struct {
	ID            string    `json:"id"`
	AccountID     string    `json:"accountId"`
	Event         string    `json:"event"`
	Number        string    `json:"number"`
	URL           string    `json:"url"`
	Attempts      int       `json:"attempts"`
	Status        *int      `json:"status"`
	Error         string    `json:"error"`
	LastAttemptAt time.Time `json:"lastAttemptAt"`
}

// lettersView is the page of dead letters.
type lettersView struct {
	clock
	Account string
	Letters []letter
	onward
}

// deadLetters lists notices that were given up, of all accounts or of one.
func (o *Console) deadLetters(c *page.Call) error {
	v := lettersView{clock: clock{o.Now()}, Account: c.Query("account")}
	query := make(url.Values)
	if v.Account != "" {
		query.Set("account", v.Account)
	}
	found, to, err := read[letter](c, "/dead-letters", "after", query)
	if err != nil {
		return err
	}
	v.Letters, v.onward = found.Data, to
	return c.Render("letters", c.Lang.T("letters.title"), v)
}

func (o *Console) replayLetter(c *page.Call) error {
	path := page.Path("/dead-letters/%s/replay", c.R.PathValue("id"))
	if err := c.Send(http.MethodPost, path, nil, nil); err != nil {
		return err
	}
	return c.Done("/dead-letters", "letter.replayed")
}

func (o *Console) discardLetter(c *page.Call) error {
	return remove(c, page.Path("/dead-letters/%s", c.R.PathValue("id")), "/dead-letters", "letter.discarded")
}

// replayLetters sends all dead letters of an account again. The API does so many at
// once, and tells if there are more.
func (o *Console) replayLetters(c *page.Call) error {
	id := c.R.PathValue("id")
	var done struct {
		Replayed int  `json:"replayed"`
		More     bool `json:"more"`
	}
	if err := c.Send(http.MethodPost, page.Path("/accounts/%s/dead-letters/replay", id), nil, &done); err != nil {
		return err
	}
	what := "letters.replayed"
	switch {
	case done.More:
		what = "letters.more"
	case done.Replayed == 0:
		what = "letters.none"
	}
	return c.Done(page.Path("/accounts/%s/webhooks", id), what)
}
