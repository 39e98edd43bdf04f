package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// test is a test function of the sources that carries an id, in its name or in the names of its subtests.
type test struct {
	// folder is the package's, from the top of the repository.
	folder, name string
	// subtests is true where only subtests carry the id.
	subtests bool
}

// trap is true for tests of the local AWS: they show what AWS does, not what Skein does about it.
func (t test) trap() bool {
	return t.folder == "internal/localaws" || strings.HasPrefix(t.folder, "internal/localaws/")
}

var (
	// functionIDs finds TestP07..., TestS2..., and several ids in a row: TestP16P17....
	functionIDs = regexp.MustCompile(`^Test((?:[PS]\d+_?)+)`)
	oneID       = regexp.MustCompile(`[PS]\d+`)
	// subtestID finds the name of a subtest, "P12 to the body".
	subtestID = regexp.MustCompile(`^([PS]\d+) `)
)

// findTests gives the tests of the tree by the id that they carry, sorted. A name with an id that is not known is an error.
func findTests(tree string, known map[string]bool) (map[string][]test, error) {
	found := map[string][]test{}
	err := filepath.WalkDir(tree, func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && file != tree && ignored(entry.Name()):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(file, "_test.go"):
			return nil
		}
		name, err := filepath.Rel(tree, file)
		if err != nil {
			return err
		}
		return addTests(found, known, os.DirFS(tree), filepath.ToSlash(name))
	})
	if err != nil {
		return nil, fmt.Errorf("looking for tests: %w", err)
	}
	for _, tests := range found {
		slices.SortFunc(tests, func(a, b test) int {
			return strings.Compare(a.folder+" "+a.name, b.folder+" "+b.name)
		})
	}
	return found, nil
}

// ignored are folders that go test leaves out, and those of other tools.
func ignored(folder string) bool {
	return folder == "testdata" || folder == "bin" || folder == "node_modules" || strings.HasPrefix(folder, ".") || strings.HasPrefix(folder, "_")
}

func addTests(found map[string][]test, known map[string]bool, tree fs.FS, name string) error {
	content, err := fs.ReadFile(tree, name)
	if err != nil {
		return err
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, content, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	for _, declaration := range file.Decls {
		function, ok := declaration.(*ast.FuncDecl)
		if !ok || function.Recv != nil || !strings.HasPrefix(function.Name.Name, "Test") {
			continue
		}
		own := idsOfName(function.Name.Name)
		for _, id := range own {
			if !known[id] {
				return fmt.Errorf("%s in %s carries %s, which is no row: rows.yaml has them", function.Name.Name, name, id)
			}
			found[id] = append(found[id], test{folder: path.Dir(name), name: function.Name.Name})
		}
		for _, id := range idsOfSubtests(function) {
			if known[id] && !slices.Contains(own, id) {
				found[id] = append(found[id], test{folder: path.Dir(name), name: function.Name.Name, subtests: true})
			}
		}
	}
	return nil
}

func idsOfName(name string) []string {
	match := functionIDs.FindStringSubmatch(name)
	if match == nil {
		return nil
	}
	ids := oneID.FindAllString(match[1], -1)
	slices.Sort(ids)
	return slices.Compact(ids)
}

// idsOfSubtests gives the ids with which the names of a function's subtests begin: keys of a table and arguments of Run.
func idsOfSubtests(function *ast.FuncDecl) []string {
	var ids []string
	ast.Inspect(function, func(n ast.Node) bool {
		l, ok := subtestName(n).(*ast.BasicLit)
		if !ok || l.Kind != token.STRING {
			return true
		}
		if text, err := strconv.Unquote(l.Value); err == nil {
			if match := subtestID.FindStringSubmatch(text); match != nil {
				ids = append(ids, match[1])
			}
		}
		return true
	})
	slices.Sort(ids)
	return slices.Compact(ids)
}

// subtestName gives the expression of a node that may be the name of a subtest, or nil.
func subtestName(n ast.Node) ast.Expr {
	switch n := n.(type) {
	case *ast.KeyValueExpr:
		return n.Key
	case *ast.CallExpr:
		if method, ok := n.Fun.(*ast.SelectorExpr); ok && method.Sel.Name == "Run" && len(n.Args) > 0 {
			return n.Args[0]
		}
	}
	return nil
}
