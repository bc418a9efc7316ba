package httpapi

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
	"github.com/saldo-pix/saldo/wire"
)

// cobRequest is the body of PUT /cob/{txid} (contract §9.2).
type cobRequest struct {
	Calendario *struct {
		Expiracao json.RawMessage `json:"expiracao"`
	} `json:"calendario"`
	Devedor *cobDebtor `json:"devedor"`
	Valor   struct {
		Original            *string         `json:"original"`
		ModalidadeAlteracao json.RawMessage `json:"modalidadeAlteracao"`
	} `json:"valor"`
	Chave              *string   `json:"chave"`
	SolicitacaoPagador *string   `json:"solicitacaoPagador"`
	InfoAdicionais     []cobInfo `json:"infoAdicionais"`
}

type cobDebtor struct {
	CPF  *string `json:"cpf,omitempty"`
	CNPJ *string `json:"cnpj,omitempty"`
	Nome *string `json:"nome,omitempty"`
}

type cobInfo struct {
	Nome  *string `json:"nome"`
	Valor *string `json:"valor"`
}

// cobResponse is a charge as the Bacen family shows it. Location holds the code
// itself, as PixCopiaECola does.
type cobResponse struct {
	Calendario         cobCalendar `json:"calendario"`
	TxID               pixid.TxID  `json:"txid"`
	Revisao            int         `json:"revisao"`
	Loc                cobLoc      `json:"loc"`
	Location           string      `json:"location"`
	Status             string      `json:"status"`
	Devedor            *cobDebtor  `json:"devedor,omitempty"`
	Valor              cobValue    `json:"valor"`
	Chave              string      `json:"chave"`
	SolicitacaoPagador string      `json:"solicitacaoPagador,omitempty"`
	InfoAdicionais     []cobInfo   `json:"infoAdicionais,omitempty"`
	PixCopiaECola      string      `json:"pixCopiaECola"`
	Pix                []cobPix    `json:"pix,omitempty"`
}

type cobCalendar struct {
	Criacao   string `json:"criacao"`
	Expiracao int64  `json:"expiracao"`
}

type cobLoc struct {
	ID       pix.MovementID `json:"id"`
	Location string         `json:"location"`
	TipoCob  string         `json:"tipoCob"`
}

type cobValue struct {
	Original            string `json:"original"`
	ModalidadeAlteracao int    `json:"modalidadeAlteracao"`
}

// cobPix is what paid a charge.
type cobPix struct {
	EndToEndID pixid.EndToEndID `json:"endToEndId"`
	TxID       pixid.TxID       `json:"txid"`
	Valor      string           `json:"valor"`
	Chave      string           `json:"chave"`
	Horario    string           `json:"horario"`
}

// The statuses of a charge (pix-domain §2.2). One that has expired or failed was
// removed by us (contract §9.2).
const (
	cobActive  = "ATIVA"
	cobPaid    = "CONCLUIDA"
	cobRemoved = "REMOVIDA_PELO_PSP"
)

func (s *Server) newCobResponse(m pix.Movement) cobResponse {
	out := cobResponse{
		Calendario: cobCalendar{wire.Timestamp(m.CreatedAt), int64(m.ExpiresAt.Sub(m.CreatedAt) / time.Second)},
		TxID:       m.TxID, Loc: cobLoc{m.ID, m.BRCode, "cob"}, Location: m.BRCode, PixCopiaECola: m.BRCode,
		Status: cobActive, Chave: m.PixKey, SolicitacaoPagador: m.Description,
		Valor: cobValue{Original: m.Amount.String()},
	}
	for _, n := range m.Notes {
		out.InfoAdicionais = append(out.InfoAdicionais, cobInfo{&n.Name, &n.Value})
	}
	if m.Terms != nil && m.Terms.Cob != nil {
		c := m.Terms.Cob
		out.Valor.Original, out.Devedor = c.Original.String(), newCobDebtor(c.Debtor)
		if c.Alterable {
			out.Valor.ModalidadeAlteracao = 1
		}
	}
	switch {
	case m.Status == pix.Confirmed:
		out.Status = cobPaid
		out.Pix = []cobPix{{m.EndToEndID, m.TxID, m.Amount.String(), m.PixKey, wire.Timestamp(m.ProcessedAt)}}
	case m.Status == pix.Failed, !m.Processing && s.Now().After(m.ExpiresAt):
		out.Status = cobRemoved
	}
	return out
}

func newCobDebtor(c pix.Counterpart) *cobDebtor {
	switch len(c.Document) {
	case 0:
		return nil
	case 11:
		return &cobDebtor{CPF: &c.Document, Nome: wire.Optional(c.Name)}
	}
	return &cobDebtor{CNPJ: &c.Document, Nome: wire.Optional(c.Name)}
}

// putCob is PUT /cob/{txid}: a charge with the client's own txid.
func (s *Server) putCob(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	txID, err := pixid.ParseTxID(r.PathValue("txid"))
	if err != nil {
		return wire.Invalid("txid", "must have 26 to 35 letters or digits")
	}
	var request cobRequest
	if err := wire.Decode(w, r, &request); err != nil {
		return err
	}
	command, err := s.readCob(r, who, &request)
	if err != nil {
		return err
	}
	command.TxID = txID
	command.Location = s.location(r, txID)
	m, err := book.Do(r.Context(), s.Book, command)
	if err != nil {
		return err
	}
	return wire.Write(w, http.StatusCreated, s.newCobResponse(m))
}

// showCob is GET /cob/{txid}, for charges of both families.
func (s *Server) showCob(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	target, err := s.Reader.Lookup(r.Context(), pix.Key{Space: pix.SpaceTxID, Value: r.PathValue("txid")})
	if err != nil {
		return err
	}
	m, err := s.Reader.Movement(r.Context(), pix.MovementID(target.ID))
	switch {
	case err != nil:
		return err
	case m.Account != who.Account:
		return pix.ErrNotFound
	}
	return wire.Write(w, http.StatusOK, s.newCobResponse(m))
}

// Limits of a charge of the Bacen family (contract §9.2, pix-domain §2.3).
const (
	cobSecondsMax   = 1<<31 - 1 // a provider may want less
	cobKeyMax       = 77
	cobNameMax      = 200
	cobRequestMax   = 140
	cobInfoMax      = 50
	cobInfoNameMax  = 50
	cobInfoValueMax = 200
)

func (s *Server) readCob(r *http.Request, who auth.Identity, in *cobRequest) (*pix.CreateCharge, error) {
	var f wire.Fields
	c := &pix.CreateCharge{Account: who.Account, Rail: s.Rail, Cob: new(pix.Cob)}
	seconds := int64(expirationDefault)
	if in.Calendario == nil {
		f.Refuse("calendario", "is required")
	} else {
		seconds = f.Whole("calendario.expiracao", in.Calendario.Expiracao, 1, cobSecondsMax, seconds)
	}
	c.Amount = readBacenAmount(&f, "valor.original", in.Valor.Original)
	c.Cob.Original = c.Amount
	c.Cob.Alterable = f.Whole("valor.modalidadeAlteracao", in.Valor.ModalidadeAlteracao, 0, 1, 0) == 1
	c.Cob.Debtor = in.Devedor.read(&f)
	c.Payer = c.Cob.Debtor
	if text := f.OptionalText("chave", in.Chave, cobKeyMax); text != "" {
		key, err := pixid.ParseKey(text)
		if err != nil {
			f.Refuse("chave", "is not a Pix key")
		}
		c.PixKey = key.Value
	}
	c.Description = f.OptionalText("solicitacaoPagador", in.SolicitacaoPagador, cobRequestMax)
	c.Notes = readCobInfos(&f, in.InfoAdicionais)
	c.Scenario = readChargeScenario(&f, r)
	if err := f.Err(); err != nil {
		return nil, err
	}
	c.At = s.Now().Truncate(time.Microsecond)
	c.ExpiresAt = c.At.Add(time.Duration(seconds) * time.Second)
	c.ID = pix.MovementID(s.Book.NextID())
	return c, nil
}

// bacenAmount is an amount as the Bacen family writes it (API Pix 2.9.0).
var bacenAmount = regexp.MustCompile(`^\d{1,10}\.\d{2}$`)

// readBacenAmount reads an amount of at least 0.01 that is written as a string.
func readBacenAmount(f *wire.Fields, field string, text *string) money.Centavos {
	if text == nil || !bacenAmount.MatchString(*text) {
		f.RefuseAmount(field, "must be a string of reais with two decimals, as in 55.10")
		return 0
	}
	// Leading zeros are fine in a string, and none in a number.
	c, err := money.ParseDecimal(cmp.Or(strings.TrimLeft((*text)[:len(*text)-3], "0"), "0") + (*text)[len(*text)-3:])
	if err != nil || c < 1 {
		f.RefuseAmount(field, "must be at least 0.01")
	}
	return c
}

// read reads who is charged, as far as the client says.
func (d *cobDebtor) read(f *wire.Fields) pix.Counterpart {
	if d == nil {
		return pix.Counterpart{}
	}
	var c pix.Counterpart
	switch {
	case d.CPF != nil && d.CNPJ != nil:
		f.Refuse("devedor", "must have a cpf or a cnpj, not both")
	case d.CPF != nil:
		if c.Document = readDocument(f, "devedor.cpf", d.CPF); len(c.Document) == 14 {
			f.Refuse("devedor.cpf", "must be a CPF of 11 digits")
		}
	case d.CNPJ != nil:
		if c.Document = readDocument(f, "devedor.cnpj", d.CNPJ); len(c.Document) == 11 {
			f.Refuse("devedor.cnpj", "must be a CNPJ of 14 characters")
		}
	case d.Nome != nil:
		f.Refuse("devedor.nome", "needs a cpf or a cnpj")
	}
	c.Name = f.OptionalText("devedor.nome", d.Nome, cobNameMax)
	return c
}

func readCobInfos(f *wire.Fields, in []cobInfo) []pix.Note {
	if len(in) > cobInfoMax {
		f.Refuse("infoAdicionais", fmt.Sprintf("must have at most %d items", cobInfoMax))
		return nil
	}
	var notes []pix.Note
	for i, info := range in {
		at := fmt.Sprintf("infoAdicionais[%d].", i)
		notes = append(notes, pix.Note{
			Name:  f.Text(at+"nome", info.Nome, cobInfoNameMax),
			Value: f.Text(at+"valor", info.Valor, cobInfoValueMax),
		})
	}
	return notes
}
