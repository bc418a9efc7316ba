// Command adapter is an example of what an institution puts between Saldo and its
// Pix participant: it takes signed orders, remembers them, tells Saldo what became
// of them, and answers when Saldo asks. Where a real one would speak to the SPI,
// this one settles every order after a moment, but rejects those to a key that
// contains "rejeitar".
package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:9191", "where Saldo sends orders")
	saldo := flag.String("saldo", "http://127.0.0.1:9090", "Saldo's operator listener")
	file := flag.String("file", "orders.jsonl", "where orders are remembered")
	delay := flag.Duration("delay", time.Second, "how long settlement takes")
	flag.Parse()

	book, err := openOrders(*file)
	if err != nil {
		log.Fatal(err)
	}
	a := &adapter{
		orders: book, secret: []byte(os.Getenv("SALDO_RAIL_SECRET")), saldo: *saldo,
		token: os.Getenv("SALDO_OPERATOR_TOKEN"), delay: *delay,
	}
	if len(a.secret) == 0 || a.token == "" {
		log.Fatal("set SALDO_RAIL_SECRET and SALDO_OPERATOR_TOKEN")
	}
	go a.work()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /orders", a.take)
	mux.HandleFunc("GET /orders/{id}", a.tell)
	server := &http.Server{Addr: *addr, Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	log.Printf("taking orders on %s", *addr)
	log.Fatal(server.ListenAndServe())
}

type adapter struct {
	orders *orders
	secret []byte
	saldo  string
	token  string
	delay  time.Duration
}

// bodyMax is the largest order that is read.
const bodyMax = 64 << 10

// take is POST /orders. It answers 2xx only once the order is on the disk, because
// Saldo then stops sending it. An order that is sent again changes nothing.
func (a *adapter) take(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyMax))
	if err != nil {
		http.Error(w, "body could not be read", http.StatusBadRequest)
		return
	}
	if err := verify(r.Header, body, a.secret, time.Now()); err != nil {
		http.Error(w, err.Error(), http.StatusUnauthorized)
		return
	}
	var o order
	if err := json.Unmarshal(body, &o); err != nil || o.OrderID == "" || o.EndToEndID == "" {
		http.Error(w, "not an order", http.StatusBadRequest)
		return
	}
	o.State, o.Due = "open", time.Now().Add(a.delay)
	if err := a.orders.add(o); err != nil {
		log.Printf("order %s: %v", o.OrderID, err)
		http.Error(w, "could not be kept", http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

// tell is GET /orders/{id}.
func (a *adapter) tell(w http.ResponseWriter, r *http.Request) {
	if err := verify(r.Header, nil, a.secret, time.Now()); err != nil {
		http.Error(w, err.Error(), http.StatusUnauthorized)
		return
	}
	o, ok := a.orders.get(r.PathValue("id"))
	if !ok {
		http.Error(w, "no such order", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(o.outcome())
}

// tolerance is how far the clocks may be apart.
const tolerance = 5 * time.Minute

// verify checks the signature of Standard Webhooks 1.0.0: an HMAC-SHA256 over id,
// time and body.
func verify(h http.Header, body, secret []byte, now time.Time) error {
	id, stamp := h.Get("webhook-id"), h.Get("webhook-timestamp")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || now.Sub(time.Unix(seconds, 0)).Abs() > tolerance {
		return errors.New("webhook-timestamp is absent or too far from now")
	}
	mac := hmac.New(sha256.New, secret)
	fmt.Fprintf(mac, "%s.%s.%s", id, stamp, body)
	want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	for _, signature := range strings.Fields(h.Get("webhook-signature")) {
		if hmac.Equal([]byte(signature), []byte(want)) {
			return nil
		}
	}
	return errors.New("webhook-signature does not match")
}

// work settles what is due, and tells Saldo until Saldo has understood. An event
// that is told twice changes nothing there.
func (a *adapter) work() {
	for range time.Tick(100 * time.Millisecond) {
		for _, o := range a.orders.due(time.Now()) {
			if o.State == "open" {
				o = settle(o, time.Now())
			}
			if err := a.report(o); err != nil {
				log.Printf("order %s: %v", o.OrderID, err)
				o.Due = time.Now().Add(time.Second)
			} else {
				o.Told = true
			}
			if err := a.orders.add(o); err != nil {
				log.Printf("order %s: %v", o.OrderID, err)
			}
		}
	}
}

func settle(o order, now time.Time) order {
	o.State, o.At = "settled", now.UTC()
	if strings.Contains(o.PixKey, "rejeitar") {
		o.State, o.ErrorCode, o.ErrorMessage = "rejected", "INVALID_PIX_KEY", "chave inexistente"
	}
	return o
}

// report posts the event of an order to Saldo.
func (a *adapter) report(o order) error {
	event := o.outcome()
	event["id"] = "adapter-" + o.OrderID + "-" + o.State
	event["type"] = o.Type + "." + o.State
	event["transactionId"] = o.OrderID
	delete(event, "state")
	body, err := json.Marshal(event)
	if err != nil {
		return err
	}
	request, err := http.NewRequest(http.MethodPost, a.saldo+"/rail/events", bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+a.token)
	client := http.Client{Timeout: 10 * time.Second}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, _ := io.ReadAll(io.LimitReader(response.Body, bodyMax))
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("saldo answered %d: %s", response.StatusCode, answer)
	}
	return nil
}
