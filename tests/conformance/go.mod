module meshbundle.test/conformance

go 1.24.0
