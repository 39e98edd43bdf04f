// Package policydoc holds IAM policy documents of queues and topics as structs: it reads and writes them, brings
// statements into a form in which equal means equal, and merges Skein's own statements into a document whose other
// statements belong to someone else.
//
// The grammar is that of https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html.
package policydoc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// Version is the policy language version that Skein writes. A document without one is of 2008-10-17, which AWS also
// writes by itself.
const Version = "2012-10-17"

// OwnPrefix begins the Sid of every statement that Skein owns. All other statements are foreign and never changed.
const OwnPrefix = "Skein"

// Document is a resource policy.
type Document struct {
	// Version is the version as read; empty when the document has none.
	Version string
	// ID is the member Id; empty when the document has none.
	ID string
	// Statements are in the order of the document.
	Statements []Statement
}

// Parse reads the Policy attribute of a queue or topic. Empty text, the attribute's absence, is an empty document; a
// single statement may stand without its list.
func Parse(s string) (Document, error) {
	if s == "" {
		return Document{}, nil
	}
	var doc Document
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(s), &members); err != nil {
		return Document{}, fmt.Errorf("reading policy document: %w", err)
	}
	if err := text(members["Version"], &doc.Version); err != nil {
		return Document{}, fmt.Errorf("reading Version of policy document: %w", err)
	}
	if err := text(members["Id"], &doc.ID); err != nil {
		return Document{}, fmt.Errorf("reading Id of policy document: %w", err)
	}
	raws, err := statementList(members["Statement"])
	if err != nil {
		return Document{}, fmt.Errorf("reading Statement of policy document: %w", err)
	}
	for i, raw := range raws {
		statement, err := parseStatement(raw)
		if err != nil {
			return Document{}, fmt.Errorf("reading statement %d of policy document: %w", i, err)
		}
		doc.Statements = append(doc.Statements, statement)
	}
	return doc, nil
}

// statementList splits the member Statement, a list or one object.
func statementList(raw json.RawMessage) ([]json.RawMessage, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	if raw[0] == '{' {
		return []json.RawMessage{raw}, nil
	}
	var list []json.RawMessage
	return list, json.Unmarshal(raw, &list)
}

// JSON returns the document as compact JSON, "" when it has no statements. A statement that was read is written as it
// was read, but for white space between its tokens.
func (d Document) JSON() string {
	if len(d.Statements) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteByte('{')
	if d.Version != "" {
		b.WriteString(`"Version":` + encode(d.Version) + `,`)
	}
	if d.ID != "" {
		b.WriteString(`"Id":` + encode(d.ID) + `,`)
	}
	b.WriteString(`"Statement":[`)
	for i, s := range d.Statements {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(s.JSON())
	}
	b.WriteString(`]}`)
	return b.String()
}

// Own returns the canonical form of each statement that Skein owns, by Sid. Statements that share a Sid are joined,
// so that they equal no single one.
func (d Document) Own() map[string]string {
	own := map[string]string{}
	for _, s := range d.Statements {
		if !s.own() {
			continue
		}
		canonical := s.Canonical()
		if other, taken := own[s.Sid]; taken {
			canonical = other + "\n" + canonical
		}
		own[s.Sid] = canonical
	}
	return own
}

// Foreign returns the statements that Skein does not own, in the order of the document.
func (d Document) Foreign() []Statement {
	var foreign []Statement
	for _, s := range d.Statements {
		if !s.own() {
			foreign = append(foreign, s)
		}
	}
	return foreign
}

func (s Statement) own() bool { return strings.HasPrefix(s.Sid, OwnPrefix) }

// encode returns v as JSON without escaping <, > and &, which count against AWS's size limits.
func encode(v any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err) // only strings, lists and maps of them, and JSON that was read before come here
	}
	return strings.TrimSuffix(b.String(), "\n")
}
