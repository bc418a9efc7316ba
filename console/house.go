package console

import (
	"net/url"
	"strconv"
	"time"

	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/page"
)

// tally is how many of something there are: at least so many, if there are more.
type tally struct {
	Count  int       `json:"count"`
	More   bool      `json:"more"`
	Oldest time.Time `json:"oldestAt"`
}

// railOrders are the open orders of one rail.
type railOrders struct {
	tally
	Rail   string `json:"rail"`
	Amount reais  `json:"amount"`
}

// houseTotals is what GET /house answers.
type houseTotals struct {
	At        time.Time `json:"consultedAt"`
	Customers struct {
		Accounts int   `json:"accounts"`
		Gross    reais `json:"gross"`
		Blocked  reais `json:"blocked"`
		Net      reais `json:"net"`
	} `json:"customers"`
	Settlement reais        `json:"settlement"`
	Fees       reais        `json:"fees"`
	Suspense   reais        `json:"suspense"`
	Difference reais        `json:"difference"`
	Orders     []railOrders `json:"openOrders"`
	Items      tally        `json:"suspenseItems"`
	Letters    tally        `json:"deadLetters"`
	Holds      held         `json:"openHolds"`
	MED        held         `json:"medHolds"`
}

// task is a line of what waits to be looked at.
type task struct {
	Label  string // key
	Path   string // of the page that is about it, below page.Base
	Count  string
	Detail string
	Oldest time.Time
	State  string // key
	Class  string // of the state
}

// Of tasks whose things get old.
const (
	ordersOldAfter = 10 * time.Minute // a Pix is settled within seconds
	dueMax         = 100              // holds that are due are counted up to so many
)

// overview is the first page.
type overview struct {
	clock
	Totals houseTotals
	Tasks  []task
}

// house is the first page: what the house has, and what waits.
func (o *Console) house(c *page.Call) error {
	v := overview{clock: clock{o.Now()}}
	if err := c.Get("/house", nil, &v.Totals); err != nil {
		return err
	}
	var due list[hold]
	if err := c.Get("/holds", url.Values{"limit": {strconv.Itoa(dueMax)}}, &due); err != nil {
		return err
	}
	var nodes service
	if err := c.Get("/nodes", nil, &nodes); err != nil {
		return err
	}
	v.Tasks = append(v.Tasks,
		v.task(c.Lang, "house.task.suspense", "/suspense", v.Totals.Items, 0),
		v.task(c.Lang, "house.task.letters", "/dead-letters", v.Totals.Letters, 0),
		v.dueTask(c.Lang, due))
	for _, rail := range v.Totals.Orders {
		t := v.task(c.Lang, "house.task.orders."+rail.name(), "/orders?rail="+rail.name(), rail.tally, ordersOldAfter)
		if rail.Count > 0 {
			t.Detail = c.Lang.Amount(money.Centavos(rail.Amount))
		}
		v.Tasks = append(v.Tasks, t)
	}
	v.Tasks = append(v.Tasks, nodesTask(c.Lang, nodes))
	return c.Render("house", c.Lang.T("house.title"), v)
}

// name is the rail's in addresses and texts.
func (r railOrders) name() string {
	if r.Rail == "rail.sandbox" {
		return "sandbox"
	}
	return "http"
}

// task is a line of what waits: it is worth a look once its oldest is older than a
// duration, or at once where there is no oldest.
func (v *overview) task(l *page.Lang, label, path string, of tally, after time.Duration) task {
	t := task{Label: label, Path: path, Count: of.text(l), Oldest: of.Oldest, State: "house.state.none", Class: "good"}
	switch {
	case of.Count == 0:
	case after > 0 && v.Since(of.Oldest) < after:
		t.State = "house.state.moving"
	default:
		t.State, t.Class = "house.state.look", "warn"
	}
	return t
}

// dueTask is the line of holds whose deadline has passed.
func (v *overview) dueTask(l *page.Lang, due list[hold]) task {
	of := tally{Count: len(due.Data), More: due.Next != nil}
	for _, h := range due.Data {
		if of.Oldest.IsZero() || h.OpenedAt.Before(of.Oldest) {
			of.Oldest = h.OpenedAt
		}
	}
	return v.task(l, "house.task.due", "/holds", of, 0)
}

func nodesTask(l *page.Lang, s service) task {
	ready := 0
	for _, n := range s.Nodes {
		if n.Ready {
			ready++
		}
	}
	t := task{
		Label: "house.task.nodes", Path: "/nodes", State: "house.state.ready", Class: "good",
		Count: l.T("house.nodes", l.Number(int64(ready)), l.Number(int64(len(s.Nodes)))),
	}
	if ready < len(s.Nodes) || ready == 0 {
		t.State, t.Class = "house.state.look", "bad"
	}
	return t
}

// text writes how many there are.
func (t tally) text(l *page.Lang) string {
	text := l.Number(int64(t.Count))
	if t.More {
		return l.T("count.atleast", text)
	}
	return text
}

// Text writes how many there are, for templates.
func (t tally) Text(l *page.Lang) string { return t.text(l) }
