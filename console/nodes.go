package console

import (
	"time"

	"github.com/saldo-pix/saldo/page"
)

// node is what is known of one node.
type node struct {
	Number       int       `json:"node"`
	Self         bool      `json:"self"`
	Alive        bool      `json:"alive"`
	Ready        bool      `json:"ready"`
	Version      string    `json:"version"`
	Since        time.Time `json:"since"`
	SeenAt       time.Time `json:"seenAt"`
	Waiting      int       `json:"waitingCommands"`
	LastCommitAt time.Time `json:"lastCommitAt"`
}

// State is a key, and Class how it looks.
func (n node) State() string {
	switch {
	case n.Ready:
		return "nodes.state.ready"
	case n.Alive:
		return "nodes.state.unready"
	}
	return "nodes.state.gone"
}

// Class is how the state looks.
func (n node) Class() string {
	if n.Ready {
		return "good"
	}
	return "bad"
}

// backlog is what waits in one topic of the outbox.
type backlog struct {
	tally
	Topic     string    `json:"topic"`
	Due       int       `json:"due"`
	OldestDue time.Time `json:"oldestDueAt"`
}

// service is what GET /nodes answers.
type service struct {
	At      time.Time `json:"consultedAt"`
	Nodes   []node    `json:"nodes"`
	Backlog []backlog `json:"backlog"`
}

// nodes shows how the service is.
func (o *Console) nodes(c *page.Call) error {
	v := struct {
		clock
		service
	}{clock: clock{o.Now()}}
	if err := c.Get("/nodes", nil, &v.service); err != nil {
		return err
	}
	return c.Render("nodes", c.Lang.T("nodes.title"), v)
}
