package policydoc

import "strings"

// pattern is text with wildcards, which are the two values that no character has.
type pattern []rune

const (
	anyRun rune = -1 // *
	anyOne rune = -2 // ?
)

// wildcards reads * and ? in a text.
func wildcards(text string) pattern {
	p := pattern(text)
	for i, r := range p {
		p[i] = wildcard(r)
	}
	return p
}

func wildcard(r rune) rune {
	switch r {
	case '*':
		return anyRun
	case '?':
		return anyOne
	default:
		return r
	}
}

// match reports whether the whole text fits. It goes back to the last * only, so that its time is bounded by the
// product of both lengths.
func (p pattern) match(text string) bool {
	value := []rune(text)
	at, star, resume := 0, -1, 0
	for i := 0; i < len(value); {
		switch {
		case at < len(p) && p[at] == anyRun:
			star, resume = at, i
			at++
		case at < len(p) && (p[at] == anyOne || p[at] == value[i]):
			at++
			i++
		case star >= 0:
			resume++
			at, i = star+1, resume
		default:
			return false
		}
	}
	for at < len(p) && p[at] == anyRun {
		at++
	}
	return at == len(p)
}

// arnParts splits a pattern at its first five colons; ok is false where there are fewer.
func (p pattern) arnParts() (parts []pattern, ok bool) {
	for len(parts) < 5 {
		colon := -1
		for i, r := range p {
			if r == ':' {
				colon = i
				break
			}
		}
		if colon < 0 {
			return nil, false
		}
		parts, p = append(parts, p[:colon]), p[colon+1:]
	}
	return append(parts, p), true
}

// matchARN compares the six parts of an ARN each with its own, so that a wildcard does not reach beyond its part.
func (p pattern) matchARN(text string) bool {
	want, ok := p.arnParts()
	have := strings.SplitN(text, ":", 6)
	if !ok || len(have) < 6 {
		return false
	}
	for i, part := range want {
		if !part.match(have[i]) {
			return false
		}
	}
	return true
}

// expand reads a resource or condition value: policy variables, and wildcards where they count. ok is false where a
// variable has no value, which fits nothing. What a variable brings in is literal text.
func (e evaluation) expand(text string, wild bool) (p pattern, ok bool) {
	for text != "" {
		if name, rest, found := e.variable(text); found {
			value, known := e.resolve(name)
			if !known {
				return nil, false
			}
			p, text = append(p, []rune(value)...), rest
			continue
		}
		end := 1
		if next := strings.Index(text[1:], "$"); next < 0 {
			end = len(text)
		} else {
			end += next
		}
		if wild {
			p = append(p, wildcards(text[:end])...)
		} else {
			p = append(p, []rune(text[:end])...)
		}
		text = text[end:]
	}
	return p, true
}

// variable reads ${NAME} at the beginning of a text, where variables are expanded.
func (e evaluation) variable(text string) (name, rest string, found bool) {
	inside, opened := strings.CutPrefix(text, "${")
	if !e.variables || !opened {
		return "", text, false
	}
	return strings.Cut(inside, "}")
}

// resolve returns the value of a variable: of a condition key with one value, of the default behind a comma, or of
// the characters *, ? and $ themselves.
func (e evaluation) resolve(name string) (string, bool) {
	switch name {
	case "*", "?", "$":
		return name, true
	}
	key, standby, hasDefault := strings.Cut(name, ",")
	if values := e.values(strings.TrimSpace(key)); len(values) == 1 {
		return values[0], true
	}
	standby = strings.TrimSpace(standby)
	if hasDefault && len(standby) >= 2 && standby[0] == '\'' && standby[len(standby)-1] == '\'' {
		return standby[1 : len(standby)-1], true
	}
	return "", false
}
