module chainjudge

go 1.26
