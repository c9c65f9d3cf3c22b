async def certify_batches(tx, outbox, batches, size, root):
    pass
