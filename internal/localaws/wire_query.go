package localaws

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
)

// decodeQuery reads the form of a request of the query protocol, see
// https://smithy.io/2.0/aws/protocols/aws-query-protocol.html.
func (rq *request) decodeQuery(r *http.Request, body []byte) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		rq.err = newError("MalformedQueryString", http.StatusBadRequest, "The query string contains a syntax error")
		return
	}
	for name, values := range r.URL.Query() {
		form[name] = append(form[name], values...)
	}
	rq.operation = form.Get("Action")
	if rq.operation == "" {
		rq.err = newError("MissingAction", http.StatusBadRequest, "The request must contain the parameter Action.")
		return
	}
	if _, speaksQuery := xmlNamespaces[rq.service]; !speaksQuery || !rq.find() {
		rq.err = newError("InvalidAction", http.StatusBadRequest,
			"The action %s is not valid for this endpoint.", rq.operation)
		return
	}
	if err := fillStruct(form, "", reflect.ValueOf(rq.input).Elem()); err != nil {
		rq.err = newError("MalformedInput", http.StatusBadRequest, "%v", err)
		return
	}
	rq.params, _ = json.Marshal(rq.input)
}

// wireName returns the name of a field on the wire, in all protocols: that of its json tag, or its own.
func wireName(field reflect.StructField) string {
	if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "" {
		return name
	}
	return field.Name
}

// fillStruct sets the fields of a struct from the form values under prefix.
func fillStruct(form url.Values, prefix string, target reflect.Value) error {
	for i := range target.NumField() {
		field := target.Type().Field(i)
		name := prefix + wireName(field)
		if field.Anonymous {
			name = prefix
		}
		if err := fillField(form, name, field.Anonymous, target.Field(i)); err != nil {
			return err
		}
	}
	return nil
}

func fillField(form url.Values, name string, embedded bool, target reflect.Value) error {
	text := form.Get(name)
	switch target.Kind() {
	case reflect.String:
		target.SetString(text)
	case reflect.Bool:
		if text != "" {
			value, err := strconv.ParseBool(text)
			if err != nil {
				return fmt.Errorf("%q of %s is not a boolean", text, name)
			}
			target.SetBool(value)
		}
	case reflect.Int:
		if text != "" {
			value, err := strconv.Atoi(text)
			if err != nil {
				return fmt.Errorf("%q of %s is not an integer", text, name)
			}
			target.SetInt(int64(value))
		}
	case reflect.Struct:
		if !embedded {
			name += "."
		}
		return fillStruct(form, name, target)
	case reflect.Slice:
		return fillList(form, name, target)
	case reflect.Map:
		fillMap(form, name, target)
	default:
		return fmt.Errorf("reading %s: no rule for %s", name, target.Type())
	}
	return nil
}

// fillList reads NAME.member.1, NAME.member.2 and so on, of strings or structs with a Key.
func fillList(form url.Values, name string, target reflect.Value) error {
	for n := 1; ; n++ {
		member := fmt.Sprintf("%s.member.%d", name, n)
		if !form.Has(member) && !form.Has(member+".Key") {
			return nil
		}
		item := reflect.New(target.Type().Elem()).Elem()
		if err := fillField(form, member, false, item); err != nil {
			return err
		}
		target.Set(reflect.Append(target, item))
	}
}

// fillMap reads NAME.entry.1.key and NAME.entry.1.value and so on into a map of strings.
func fillMap(form url.Values, name string, target reflect.Value) {
	entries := map[string]string{}
	for n := 1; ; n++ {
		entry := fmt.Sprintf("%s.entry.%d", name, n)
		if !form.Has(entry + ".key") {
			break
		}
		entries[form.Get(entry+".key")] = form.Get(entry + ".value")
	}
	if len(entries) > 0 {
		target.Set(reflect.ValueOf(entries))
	}
}
