"""Small annotations, as their formats' own documents describe them."""

from __future__ import annotations

import gzip

CONTIGS = {"chr1": 60_000, "chr2": 30_000, "chrM": 16_569}
BED = "chr1\t100\t200\talpha\t500\t+\nchr1\t300\t300\tbeta\t0\t-\nchr2\t0\t30000\tgamma\t1000\t.\n"
NARROW = (
    "chr1\t1000\t1400\tpeak_a\t800\t.\t12.5\t9.1\t7.2\t150\n"
    "chr1\t5000\t5300\tpeak_b\t400\t.\t6.25\t4\t3\t-1\n"
    "chr2\t100\t900\t.\t1\t+\t25\t-1\t-1\t0\n"
)
BROAD = "chr1\t1000\t1400\ta\t800\t.\t12.5\t9.1\t7.2\nchr1\t2000\t2400\tb\t80\t.\t5\t1.1\t0.2\n"
VCF = (
    "##fileformat=VCFv4.2\n"
    "##contig=<ID=chr1,length=60000>\n"
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tSAMPLE\n"
    "chr1\t1000\trs7\tA\tG,T\t.\tPASS\t.\tGT\t0/1\n"
    "chr1\t2000\t.\tACG\tA\t.\tPASS\t.\tGT\t1/1\n"
    "chr1\t3000\t.\tN\t<DEL>\t.\tPASS\tSVTYPE=DEL;END=3500\tGT\t1/1\n"
    "chr1\t4000\t.\tG\t<NON_REF>\t.\t.\tEND=4100\tGT\t0/0\n"
)
GTF = "".join(
    f'chr1\ttest\t{kind}\t{start}\t{end}\t.\t-\t.\tgene_id "G1.1"; gene_name "ONE"; gene_type "protein_coding";{more}\n'
    for kind, start, end, more in (
        ("gene", 1001, 3000, ""),
        ("transcript", 1001, 3000, ' transcript_id "T1.1";'),
        ("exon", 1001, 1200, ' transcript_id "T1.1";'),
        ("exon", 2801, 3000, ' transcript_id "T1.1";'),
        ("CDS", 1101, 1200, ' transcript_id "T1.1";'),
    )
)
ALL = {"BED6": BED, "narrowPeak": NARROW, "broadPeak": BROAD, "VCFv4.2": VCF, "GTF": GTF}


def bgzip(text: bytes, *, with_end: bool = True) -> bytes:
    """Blocks of 200 bytes, each a gzip member that says its size, and the empty block at the end."""
    blocks = [text[i : i + 200] for i in range(0, len(text), 200)] + ([b""] if with_end else [])
    return b"".join(map(_block, blocks))


def _block(text: bytes) -> bytes:
    packed = gzip.compress(text, mtime=0)[10:-8]
    tail = gzip.compress(text, mtime=0)[-8:]
    size = 18 + len(packed) + 8 - 1
    head = bytes.fromhex("1f8b08040000000000ff0600424302") + b"\0" + size.to_bytes(2, "little")
    return head + packed + tail
