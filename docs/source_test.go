package docs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// source parses a Go file of the repository.
func source(t *testing.T, name string) *ast.File {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, filepath.FromSlash(name)), nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// constants gives the values of the string constants of a file whose names have a prefix.
func constants(t *testing.T, name, prefix string) []string {
	t.Helper()
	var out []string
	ast.Inspect(source(t, name), func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && strings.HasPrefix(spec.Names[0].Name, prefix) && len(spec.Values) == 1 {
			out = append(out, literal(t, spec.Values[0]))
		}
		return true
	})
	return some(t, name, out)
}

// flagNames gives the flags that a file defines, with their dashes: set.StringVar(&v, "name", …).
func flagNames(t *testing.T, name string) []string {
	t.Helper()
	var out []string
	ast.Inspect(source(t, name), func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) != 4 {
			return true
		}
		if method, ok := call.Fun.(*ast.SelectorExpr); ok && strings.HasSuffix(method.Sel.Name, "Var") {
			out = append(out, "--"+literal(t, call.Args[1]))
		}
		return true
	})
	return some(t, name, out)
}

// numbers gives a map literal of a file, a variable of that name, from string to number.
func numbers(t *testing.T, name, variable string) map[string]string {
	t.Helper()
	out := map[string]string{}
	ast.Inspect(source(t, name), func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || spec.Names[0].Name != variable {
			return true
		}
		for _, element := range spec.Values[0].(*ast.CompositeLit).Elts {
			pair := element.(*ast.KeyValueExpr)
			out[literal(t, pair.Key)] = pair.Value.(*ast.BasicLit).Value
		}
		return false
	})
	if len(out) == 0 {
		t.Fatalf("%s has no %s", name, variable)
	}
	return out
}

// metricLabels gives the metrics that Go files, or those of a folder, define, with their labels: calls whose arguments, with what lies in them, are
// strings of which the first is the metric's name and the last ones, after its help, are the labels.
func metricLabels(t *testing.T, where ...string) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for _, name := range where {
		files := []string{name}
		if !strings.HasSuffix(name, ".go") {
			files = goFiles(t, name)
		}
		for _, file := range files {
			ast.Inspect(source(t, file), func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				if all := stringsIn(t, call.Args); len(all) > 1 && strings.HasPrefix(all[0], "skein_") {
					out[all[0]] = all[2:]
					return false
				}
				return true
			})
		}
	}
	return out
}

// goFiles of a folder, without tests.
func goFiles(t *testing.T, folder string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(root, folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, file := range found {
		if !strings.HasSuffix(file, "_test.go") {
			out = append(out, folder+"/"+filepath.Base(file))
		}
	}
	return some(t, folder, out)
}

// stringsIn are the string literals of some expressions, in the order of the source.
func stringsIn(t *testing.T, expressions []ast.Expr) []string {
	t.Helper()
	var out []string
	for _, e := range expressions {
		ast.Inspect(e, func(n ast.Node) bool {
			if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
				out = append(out, literal(t, l))
			}
			return true
		})
	}
	return out
}

func literal(t *testing.T, e ast.Expr) string {
	t.Helper()
	l, ok := e.(*ast.BasicLit)
	if !ok {
		t.Fatalf("%T is no literal", e)
	}
	value, err := strconv.Unquote(l.Value)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// some fails where nothing was found: then the test looks at the wrong thing.
func some(t *testing.T, where string, found []string) []string {
	t.Helper()
	if len(found) == 0 {
		t.Fatalf("found nothing in %s", where)
	}
	return found
}

// schema is what the tests need of a CRD's schema.
type schema struct {
	Properties map[string]*schema `json:"properties"`
	Items      *schema            `json:"items"`
}

type crd struct {
	Spec struct {
		Versions []struct {
			Schema struct {
				OpenAPIV3Schema *schema `json:"openAPIV3Schema"`
			} `json:"schema"`
		} `json:"versions"`
	} `json:"spec"`
}

// fields lists the paths of a CRD's spec or status: all of them, and those of leaves.
func fields(t *testing.T, plural, part string) (all, leaves []string) {
	t.Helper()
	var c crd
	if err := yaml.Unmarshal([]byte(read(t, "config/crd/bases/messaging.skein.dev_"+plural+".yaml")), &c); err != nil {
		t.Fatal(err)
	}
	collect(c.Spec.Versions[0].Schema.OpenAPIV3Schema.Properties[part], "", &all, &leaves)
	return some(t, plural, all), leaves
}

// standard are members that Kubernetes documents.
var standard = []string{"selector", "conditions"}

func collect(s *schema, path string, all, leaves *[]string) {
	for name, member := range s.Properties {
		below, at := member, name
		if path != "" {
			at = path + "." + name
		}
		if member.Items != nil && len(member.Items.Properties) > 0 {
			below, at = member.Items, at+"[]"
		}
		*all = append(*all, at)
		if len(below.Properties) == 0 || slices.Contains(standard, name) {
			*leaves = append(*leaves, strings.TrimSuffix(at, "[]"))
			continue
		}
		collect(below, at, all, leaves)
	}
}
