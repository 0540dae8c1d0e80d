# pragma version ~=0.4.3
"""
@title Several calls in one: snekmate's multicall behind external functions
"""
from snekmate.utils import multicall as batches


@external
def multicall(data: DynArray[batches.Batch, max_value(uint8)]) -> DynArray[batches.Result, max_value(uint8)]:
    return batches._multicall(data)


@view
@external
def multistaticcall(data: DynArray[batches.Batch, max_value(uint8)]) -> DynArray[batches.Result, max_value(uint8)]:
    return batches._multistaticcall(data)
