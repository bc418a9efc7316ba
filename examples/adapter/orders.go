package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"time"
)

// order is what Saldo ordered and what became of it. What else an order tells is
// left out here: payer, payee, description.
type order struct {
	Type       string `json:"type"` // payment or return
	OrderID    string `json:"orderId"`
	EndToEndID string `json:"endToEndId"`
	PixKey     string `json:"pixKey,omitempty"`

	State        string    `json:"state"` // open, settled or rejected
	At           time.Time `json:"at"`
	ErrorCode    string    `json:"errorCode,omitempty"`
	ErrorMessage string    `json:"errorMessage,omitempty"`
	Due          time.Time `json:"due"`  // when it is to be settled, or told again
	Told         bool      `json:"told"` // whether Saldo knows
}

// outcome is what Saldo is told of o.
func (o order) outcome() map[string]any {
	tell := map[string]any{"state": o.State}
	if o.State != "open" {
		tell["at"] = o.At
	}
	if o.ErrorCode != "" {
		tell["errorCode"], tell["errorMessage"] = o.ErrorCode, o.ErrorMessage
	}
	return tell
}

// orders are remembered in a file to which a line is added with each change.
type orders struct {
	mu   sync.Mutex
	file *os.File
	byID map[string]order
}

func openOrders(name string) (*orders, error) {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	o := &orders{file: file, byID: make(map[string]order)}
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		var one order
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		o.byID[one.OrderID] = one
	}
	return o, lines.Err()
}

// add remembers o durably. An order that is there already is not opened again.
func (s *orders) add(o order) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.byID[o.OrderID]; known && o.State == "open" {
		return nil
	}
	line, err := json.Marshal(o)
	if err != nil {
		return err
	}
	if _, err := s.file.Write(append(line, '\n')); err != nil {
		return err
	}
	if err := s.file.Sync(); err != nil {
		return err
	}
	s.byID[o.OrderID] = o
	return nil
}

func (s *orders) get(id string) (order, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := s.byID[id]
	return o, ok
}

// due lists what Saldo must be told now.
func (s *orders) due(now time.Time) []order {
	s.mu.Lock()
	defer s.mu.Unlock()
	var due []order
	for _, o := range s.byID {
		if !o.Told && !now.Before(o.Due) {
			due = append(due, o)
		}
	}
	return due
}
