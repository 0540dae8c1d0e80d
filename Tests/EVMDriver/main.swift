// Runs messages for scripts/evm: batches of requests on standard input, batches of answers on standard output.

while let batch = Pipe.read() {
    var reader = RequestReader(batch)
    var out = AnswerWriter()
    for _ in 0..<reader.integer(4) {
        let request = Case(&reader)
        if request.isBenchmark { try request.benchmark(&out) } else { try request.answer(&out) }
    }
    Pipe.write(out.bytes)
}
