package localaws

import (
	"bytes"
	"encoding/xml"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
)

// xmlNamespaces are the namespaces of the query services' answers.
var xmlNamespaces = map[string]string{
	serviceSNS: "http://sns.amazonaws.com/doc/2010-03-31/",
	serviceSTS: "https://sts.amazonaws.com/doc/2011-06-15/",
}

// answerXML writes the result of a request of the query protocol.
func (rq *request) answerXML(w http.ResponseWriter, out any, err error) {
	w.Header().Set("Content-Type", "text/xml")
	x := &xmlWriter{}
	metadata := func() { x.text("RequestId", rq.id) }
	if err != nil {
		fail := asAPIError(err)
		w.WriteHeader(fail.status)
		x.root("ErrorResponse", xmlNamespaces[rq.service], func() {
			x.element("Error", func() {
				x.text("Type", faultParty(fail))
				x.text("Code", fail.code)
				x.text("Message", fail.message)
			})
			metadata()
		})
	} else {
		x.root(rq.operation+"Response", xmlNamespaces[rq.service], func() {
			x.element(rq.operation+"Result", func() { x.fields(reflect.ValueOf(out).Elem(), false) })
			x.element("ResponseMetadata", metadata)
		})
	}
	_, _ = w.Write(x.buf.Bytes())
}

// xmlWriter writes the XML of the query protocol.
type xmlWriter struct{ buf bytes.Buffer }

func (x *xmlWriter) root(name, namespace string, content func()) {
	x.buf.WriteString("<" + name + ` xmlns="` + namespace + `">`)
	content()
	x.buf.WriteString("</" + name + ">")
}

func (x *xmlWriter) element(name string, content func()) {
	x.buf.WriteString("<" + name + ">")
	content()
	x.buf.WriteString("</" + name + ">")
}

func (x *xmlWriter) text(name, value string) {
	x.element(name, func() { _ = xml.EscapeText(&x.buf, []byte(value)) })
}

// fields writes the fields of a struct; empty ones are left out unless they are strings of a list's member.
func (x *xmlWriter) fields(v reflect.Value, member bool) {
	for i := range v.NumField() {
		field := v.Field(i)
		if !field.IsZero() || member && field.Kind() == reflect.String {
			x.value(wireName(v.Type().Field(i)), field)
		}
	}
}

func (x *xmlWriter) value(name string, v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		x.text(name, v.String())
	case reflect.Bool:
		x.text(name, strconv.FormatBool(v.Bool()))
	case reflect.Struct:
		x.element(name, func() { x.fields(v, name == "member") })
	case reflect.Slice:
		x.element(name, func() {
			for i := range v.Len() {
				x.value("member", v.Index(i))
			}
		})
	case reflect.Map:
		x.element(name, func() { x.entries(v.Interface().(map[string]string)) })
	}
}

func (x *xmlWriter) entries(m map[string]string) {
	for _, key := range slices.Sorted(maps.Keys(m)) {
		x.element("entry", func() {
			x.text("key", key)
			x.text("value", m[key])
		})
	}
}
