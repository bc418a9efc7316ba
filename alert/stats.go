package alert

import (
	"maps"
	"sync"

	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/webhook"
)

// Stats counts what happened to alerts on this node, of all accounts together.
type Stats struct {
	mu       sync.Mutex
	events   map[EventCount]uint64   // guarded by mu
	messages map[MessageCount]uint64 // guarded by mu
}

// EventCount names a counter of what alerts of a kind did: pix.AlertRaised,
// pix.AlertReminded or an outcome.
type EventCount struct {
	Kind pix.AlertKind
	What string
}

// MessageCount names a counter of attempts to tell on a kind of channel.
type MessageCount struct {
	Channel string
	Result  webhook.Result // failed if it will be tried again, dead if it was the last
}

// newStats has every counter there, at zero.
func newStats(channels []string) *Stats {
	s := &Stats{events: make(map[EventCount]uint64), messages: make(map[MessageCount]uint64)}
	for _, kind := range pix.AlertKinds() {
		for _, what := range []string{
			pix.AlertRaised, pix.AlertReminded, string(pix.AlertResolved), string(pix.AlertSuperseded),
			string(pix.AlertWithdrawn),
		} {
			s.events[EventCount{kind, what}] = 0
		}
	}
	for _, channel := range channels {
		if channel == pix.ChannelWebhook {
			continue // they are the courier's
		}
		for _, result := range []webhook.Result{webhook.Delivered, webhook.Failed, webhook.Dead} {
			s.messages[MessageCount{channel, result}] = 0
		}
	}
	return s
}

// Events returns the counters of alerts.
func (s *Stats) Events() map[EventCount]uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.events)
}

// Messages returns the counters of attempts on all channels that are no webhooks.
func (s *Stats) Messages() map[MessageCount]uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.messages)
}

func (s *Stats) message(channel string, result webhook.Result) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages[MessageCount{channel, result}]++
}

// Stats returns the desk's counters.
func (d *Desk) Stats() *Stats { return d.stats }

// Committed counts the alerts that began, were reminded of or ended in what is
// durable now. It returns at once.
func (d *Desk) Committed(b *pix.Books) {
	for _, e := range b.Records.Changes() {
		if e.Key.Kind != pix.RecordAlertEvent || e.Deleted {
			continue
		}
		event, err := pix.ReadAlertEvent(e.Value)
		if err != nil {
			continue // whoever tells of it will say so
		}
		d.stats.mu.Lock()
		d.stats.events[EventCount{event.Alert.Kind, event.What}]++
		d.stats.mu.Unlock()
	}
}
